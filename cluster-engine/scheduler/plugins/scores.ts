/** Scores run from 0 to this. */
export const maxScore = 100;

/** Spreads scores over 0…100 by the largest; `reverse` when less is better. */
export function normalizeByMax(scores: number[], reverse = false): number[] {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  if (max === 0) return reverse ? scores.fill(maxScore) : scores;
  return scores.map((score) => {
    const scaled = Math.floor((score * maxScore) / max);
    return reverse ? maxScore - scaled : scaled;
  });
}
