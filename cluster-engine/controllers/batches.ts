/**
 * Runs `task` `count` times in batches of 1, 2, 4, …: when something is wrong with all of them, few fail before the rest
 * is skipped. @throws the first error of a batch with failures.
 */
export async function slowStart(count: number, task: (index: number) => Promise<unknown>): Promise<void> {
  for (let done = 0, size = 1; done < count; done += size, size = Math.min(size * 2, count - done)) {
    const results = await Promise.allSettled(Array.from({ length: size }, (_, i) => task(done + i)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

/** Runs all at once. @throws the first error, after all have ended. */
export async function together<T>(items: T[], task: (item: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(items.map(task));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
