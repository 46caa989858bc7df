/** Whether an IPv4 range lies in another: `10.244.0.0/16`, `10.244.3.0/24`. Ranges that can't be read lie in none. */
export function contains(outer: string, inner: string): boolean {
  const [a, b] = [parse(outer), parse(inner)];
  return a !== undefined && b !== undefined && a.first <= b.first && b.first + b.size <= a.first + a.size;
}

function parse(range: string): { first: number; size: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
  if (!match) return undefined;
  const [, a, b, c, d, bits] = match.map(Number) as [number, number, number, number, number, number];
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % size), size };
}
