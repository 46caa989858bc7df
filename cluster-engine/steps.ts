import type { ClusterOptions, StartStep } from "./types.ts";

export type Step = <T>(name: StartStep["name"], work: () => Promise<T>) => Promise<T>;

/** Reports each step of starting, with its time since `startedAt` (ms, of `now`). */
export function stepper({ onProgress, log }: ClusterOptions, now: () => number): Step {
  const startedAt = now();
  return async (name, work) => {
    const report = (state: StartStep["state"], message?: string) =>
      onProgress?.({ name, state, at: Math.round(now() - startedAt), ...(message ? { message } : {}) });
    report("started");
    try {
      const result = await work();
      report("done");
      return result;
    } catch (error) {
      report("failed", (error as Error).message);
      log.error("starting failed", { step: name, error: String(error) });
      throw error;
    }
  };
}
