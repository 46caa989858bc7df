export interface Measurement {
  what: string;
  value: number;
  unit: string;
  /** The same of what it is compared with. */
  reference?: number;
  /** `value / reference`. */
  ratio?: number;
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

export const compared = (what: string, unit: string, values: number[], references: number[]): Measurement => {
  const [value, reference] = [median(values), median(references)];
  return { what, value, unit, reference, ratio: value / reference };
};

/** ms that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
