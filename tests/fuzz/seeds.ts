/** Seeds of runs that found something once, and how many requests it took: `npm test` plays them. */
export const knownSeeds: [seed: number, requests: number][] = [
  [1, 1500],
  [2, 1500],
  [3, 4000],
];
