/** The number behind `3` or `"25%"` of `total`. Absent is 0. */
export function scaledValue(value: number | string | undefined, total: number, round: "up" | "down"): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const share = (Number.parseFloat(value) * total) / 100;
  return round === "up" ? Math.ceil(share) : Math.floor(share);
}
