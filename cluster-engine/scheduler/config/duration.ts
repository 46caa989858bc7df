const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** ms of a duration as Go writes it: `1m30s`, `500ms`. @throws Error on any other text */
export function milliseconds(text: string): number {
  if (text === "0") return 0;
  if (!/^([0-9]*\.?[0-9]+(ns|us|µs|ms|s|m|h))+$/.test(text)) throw new Error(`time: invalid duration "${text}"`);
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)/g)) sum += Number(amount) * units[unit!]!;
  return sum;
}
