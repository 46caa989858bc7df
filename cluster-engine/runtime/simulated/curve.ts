/** Usage over time: straight lines between points, constant after the last. Times are ms since the start. */
export interface Curve {
  points: { at: number; value: number }[];
  /** After the last point it begins anew. */
  repeats: boolean;
}

/**
 * Reads `100m` (constant) or points: `0s=100m 30s=800m 1m=100m repeat`.
 * @throws Error that names what can't be read.
 */
export function parseCurve(text: string, parseValue: (text: string) => number): Curve {
  const words = text.split(/[\s,]+/).filter(Boolean);
  const repeats = words.at(-1) === "repeat";
  if (repeats) words.pop();
  const points = words.map((word) => {
    const [at, value] = word.split("=");
    return value === undefined ? { at: 0, value: parseValue(word) } : { at: parseDuration(at!), value: parseValue(value) };
  });
  if (points.length === 0) throw new Error(`"${text}" has no value`);
  if (points.some(({ at }, i) => i > 0 && at <= points[i - 1]!.at)) throw new Error(`the times of "${text}" must rise`);
  return { points, repeats: repeats && points.at(-1)!.at > 0 };
}

export function valueAt(curve: Curve, ms: number): number {
  const { points, repeats } = curve;
  const end = points.at(-1)!;
  const at = repeats ? ms % end.at : ms;
  const next = points.findIndex((point) => point.at >= at);
  if (next < 0) return end.value;
  if (next === 0) return points[0]!.value;
  const [from, to] = [points[next - 1]!, points[next]!];
  return from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at);
}

/** The area under the curve from the start to `ms`, in its unit times ms. */
export function areaUntil(curve: Curve, ms: number): number {
  const period = curve.points.at(-1)!.at;
  if (!curve.repeats || ms <= period) return areaOfOnce(curve, ms);
  return Math.floor(ms / period) * areaOfOnce(curve, period) + areaOfOnce(curve, ms % period);
}

function areaOfOnce({ points }: Curve, ms: number): number {
  let area = 0;
  let before = { at: 0, value: points[0]!.value };
  for (const point of [...points, { at: Infinity, value: points.at(-1)!.value }]) {
    const until = Math.min(point.at, ms);
    const share = point.at === before.at || point.at === Infinity ? 0 : (until - before.at) / (point.at - before.at);
    const value = before.value + (point.value - before.value) * share;
    area += ((before.value + value) / 2) * Math.max(0, until - before.at);
    if (point.at >= ms) return area;
    before = point;
  }
  return area;
}

/** When the curve first lies above `limit`, ms; undefined: never. */
export function firstAbove({ points }: Curve, limit: number): number | undefined {
  const index = points.findIndex(({ value }) => value > limit);
  if (index < 0) return undefined;
  const point = points[index]!;
  const before = points[index - 1];
  return before ? before.at + ((limit - before.value) * (point.at - before.at)) / (point.value - before.value) : point.at;
}

const durationUnits: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** ms of `1m30s`, `500ms`. @throws Error */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error(`"${text}" is no duration such as 90s or 1m30s`);
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(amount) * durationUnits[unit!]!;
  return sum;
}

/** Cores of `250m`, `1.5`. @throws Error */
export function parseCpu(text: string): number {
  const [, amount, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(text) ?? [];
  if (amount === undefined) throw new Error(`"${text}" is no amount of CPU such as 250m or 1.5`);
  return Number(amount) / (milli ? 1000 : 1);
}

const byteUnits: Record<string, number> = { "": 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** Bytes of `64Mi`. @throws Error */
export function parseBytes(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(|k|M|G|Ki|Mi|Gi)$/.exec(text) ?? [];
  if (amount === undefined) throw new Error(`"${text}" is no amount of memory such as 64Mi`);
  return Number(amount) * byteUnits[unit!]!;
}
