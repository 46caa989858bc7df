import type { ContainerResources } from "../types.ts";

/** What a container reads of its control group (version 2) and of its first process, by path; read anew each time. */
export const kernelFiles = (resources: () => ContainerResources): Record<string, () => string> => ({
  "/sys/fs/cgroup/cpu.max": () => {
    const { cpuQuota, cpuPeriod = 100_000 } = resources();
    return `${cpuQuota || "max"} ${cpuPeriod}\n`;
  },
  "/sys/fs/cgroup/cpu.weight": () => `${weightOf(resources().cpuShares ?? 1024)}\n`,
  "/sys/fs/cgroup/memory.max": () => `${resources().memoryLimitBytes || "max"}\n`,
  "/proc/1/oom_score_adj": () => `${resources().oomScoreAdj ?? 0}\n`,
});

/** Shares of 2 to 262144 as a weight of 1 to 10000. */
const weightOf = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142);
