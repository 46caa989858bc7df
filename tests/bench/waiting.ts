const pollMs = 50;

/** Asks until `holds` says so. What another process does can only be asked for. @throws Error that names `what` after `limitMs`. */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean> | boolean, everyMs = pollMs): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > limitMs) throw new Error(`${what}: not after ${limitMs / 1000} s`);
    await pause(everyMs);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
