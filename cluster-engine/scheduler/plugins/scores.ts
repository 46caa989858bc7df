/** Scores run from 0 to this. */
export const maxScore = 100;

/** Spreads scores over 0…100 by the largest; `reverse` when less is better. */
export function normalizeByMax(scores: number[], reverse = false): number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? maxScore : 0));
  return scores.map((score) => {
    const scaled = Math.floor((score * maxScore) / max);
    return reverse ? maxScore - scaled : scaled;
  });
}
