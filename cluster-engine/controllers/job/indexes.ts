/** Completion indexes as `status.completedIndexes` writes them: `0-2,5`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`)).join(",");
}

export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const range of (text ?? "").split(",").filter(Boolean)) {
    const [from, to = from] = range.split("-").map(Number);
    for (let index = from!; index <= Math.min(to!, completions - 1); index++) indexes.add(index);
  }
  return indexes;
}
