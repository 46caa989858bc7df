import type { ContainerStats } from "../types.ts";
import type { DockerContext, ListedContainer } from "./engineTypes.ts";
import { isCode } from "./errors.ts";

interface EngineStats {
  read: string;
  cpu_stats?: { cpu_usage?: { total_usage?: number } };
  memory_stats?: { usage?: number; stats?: Record<string, number> };
}

/** The engine answers once a second, to all that wait at that moment: asked in small groups, a hundred containers took a minute. */
const parallel = 128;

/** Usage of each container. */
export async function stats(context: DockerContext, containers: ListedContainer[]): Promise<ContainerStats[]> {
  const results: ContainerStats[] = [];
  const queue = [...containers];
  const work = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const sample = await statsOf(context, next.Id);
      if (sample) results.push(sample);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}

async function statsOf(context: DockerContext, id: string): Promise<ContainerStats | undefined> {
  try {
    const answer = await context.client.call<EngineStats>({ path: `/containers/${id}/stats`, query: { stream: false, "one-shot": true } });
    const usage = answer.memory_stats?.usage;
    if (usage === undefined) return undefined;
    return {
      containerId: id,
      timestamp: Date.parse(answer.read),
      cpuUsageNanoSeconds: answer.cpu_stats?.cpu_usage?.total_usage ?? 0,
      memoryWorkingSetBytes: Math.max(0, usage - inactiveFile(answer.memory_stats?.stats ?? {})),
    };
  } catch (error) {
    if (isCode(error, "NotFound", "AlreadyExists")) return undefined;
    throw error;
  }
}

/** cgroup v1 and v2 name it differently. */
const inactiveFile = (stats: Record<string, number>): number => stats["total_inactive_file"] ?? stats["inactive_file"] ?? 0;
