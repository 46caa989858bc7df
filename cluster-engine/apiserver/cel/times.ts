import { CelError, CelUnsupported, Duration, Timestamp, type Value } from "./values.ts";

const units: Record<string, bigint> = { ns: 1n, us: 1000n, µs: 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };

export function parseDuration(text: string): Duration {
  if (!/^[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+$|^[+-]?0$/.test(text))
    throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  let nanos = 0n;
  for (const [, whole = "0", fraction = "", unit] of text.matchAll(/([0-9]*)(?:\.([0-9]*))?(ns|us|µs|ms|s|m|h)/g)) {
    const size = units[unit!]!;
    nanos += BigInt(whole || "0") * size + (fraction ? (BigInt(fraction) * size) / 10n ** BigInt(fraction.length) : 0n);
  }
  return new Duration(text.startsWith("-") ? -nanos : nanos);
}

/** In seconds, as cel-go prints it: `90s`. */
export const durationText = ({ nanos }: Duration): string => `${Number(nanos) / 1e9}s`;

export function parseTimestamp(text: string): Timestamp {
  const match = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const fraction = match?.[1] ?? "";
  const seconds = match ? Date.parse(text.replace(fraction, "")) / 1000 : Number.NaN;
  if (Number.isNaN(seconds)) throw new CelError(`invalid timestamp ${JSON.stringify(text)}`);
  return new Timestamp(BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(1).padEnd(9, "0").slice(0, 9)));
}

export const timestampText = ({ nanos }: Timestamp): string => {
  const fraction = String(((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${dateOf(nanos).toISOString().slice(0, 19)}${fraction ? `.${fraction}` : ""}Z`;
};

const dateOf = (nanos: bigint): Date => new Date(Number(nanos / 1_000_000n));

type DatePart = (date: Date) => number;
const startOfYear = (date: Date): number => Date.UTC(date.getUTCFullYear(), 0, 1);
const dateParts: Record<string, DatePart> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - startOfYear(date)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};
const durationParts: Record<string, bigint> = { getHours: units.h!, getMinutes: units.m!, getSeconds: units.s!, getMilliseconds: units.ms! };

const partOf =
  (name: string) =>
  (on: Value, zone?: Value): Value | undefined => {
    if (on instanceof Duration && durationParts[name]) return on.nanos / durationParts[name];
    if (!(on instanceof Timestamp)) return undefined;
    if (zone !== undefined && zone !== "UTC") throw new CelUnsupported("time zones");
    return BigInt(dateParts[name]!(dateOf(on.nanos)));
  };

/** The parts of timestamps (in UTC) and of durations. */
export const timeMethods = Object.fromEntries(Object.keys(dateParts).map((name) => [name, partOf(name)]));
