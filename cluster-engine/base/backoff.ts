import type { Random } from "./random.ts";

export interface BackoffOptions {
  /** First delay, ms. */
  base: number;
  /** Longest delay, ms. */
  max: number;
  factor?: number;
  /** Adds up to this share of the delay by chance. */
  jitter?: number;
  random?: Random;
}

/** The delay in ms before attempt `attempt` (0 is the first retry). */
export function backoffDelay(attempt: number, options: BackoffOptions): number {
  const { base, max, factor = 2, jitter = 0, random } = options;
  const delay = Math.min(max, base * factor ** Math.min(attempt, 64));
  return random ? delay * (1 + jitter * random.next()) : delay;
}
