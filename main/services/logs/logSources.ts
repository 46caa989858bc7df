import type { LogEntry } from "../../../shared/contract.ts";
import type { ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ApiError, messageOf } from "../errors.ts";
import { pause, type Clock } from "../time.ts";
import { readLines } from "../watch/lines.ts";
import { known } from "../watch/resources.ts";

export interface SourceOptions {
  cluster: Cluster;
  clock: Clock;
  pod: Pod;
  container: string;
  previous: boolean;
  /** What has become of the container when its log stops. */
  state(): "running" | "ended" | "gone";
  tailLines?: number;
  sinceSeconds?: number;
  /** Called with each batch, in the order of the container's output. */
  onEntries(entries: Omit<LogEntry, "seq">[]): void;
}

const reconnectMs = 1000;

/** Follows the log of one container of one pod, across its restarts, until aborted or the pod is gone. */
export async function followContainer(options: SourceOptions, signal: AbortSignal): Promise<void> {
  const { pod, container, previous, clock } = options;
  const name = pod.metadata.name;
  const marker = (kind: NonNullable<LogEntry["marker"]>, text: string) =>
    options.onEntries([{ at: clock.now(), pod: name, container, text, marker: kind }]);
  let last: string | undefined;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      last = (await readOnce(options, last, signal)) ?? last;
      if (previous) return;
      const state = options.state();
      if (state !== "running") return marker("ended", state === "gone" ? `pod ${name} is gone` : `container ${container} ended`);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.code === 404) return marker("ended", `pod ${name} is gone`);
      // "waiting to start" is not an error worth a line: the log comes when the container does.
      const waits =
        error instanceof ApiError &&
        error.code === 400 &&
        /waiting to start|ContainerCreating|PodInitializing|not found in pod|is not available/.test(error.message);
      if (previous) return marker("error", messageOf(error));
      if (!waits && attempt === 0) marker("error", messageOf(error));
    }
    await pause(clock, reconnectMs, signal);
  }
}

/** One connection to the log; the time of the last line that it gave. */
async function readOnce(options: SourceOptions, after: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  const { cluster, pod, container, previous, tailLines, sinceSeconds, onEntries } = options;
  const { namespace, name: podName } = pod.metadata;
  const body = await cluster.connection.stream({
    path: resourcePath({ ...known.pods, namespace, name: podName }, "log"),
    query: {
      container,
      follow: !previous,
      previous: previous || undefined,
      timestamps: true,
      ...(after ? { sinceTime: after } : { tailLines, sinceSeconds }),
    },
    accept: "*/*",
    signal,
    timeoutMs: 0,
  });
  let last = after;
  for await (const lines of readLines(body)) {
    const entries = lines
      .map((line) => parseLine(line, podName, container))
      .filter(({ time }) => after === undefined || timeOrder(time) > timeOrder(after));
    if (entries.length === 0) continue;
    last = entries.at(-1)!.time;
    onEntries(entries.map(({ at, pod: name, container: source, text }) => ({ at, pod: name, container: source, text })));
  }
  return last;
}

/** RFC 3339 leaves trailing zeros of the fraction out; with them, times in UTC sort as text. */
function timeOrder(time: string): string {
  const [seconds = "", fraction = ""] = time.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(9, "0")}`;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/;

/** `2026-01-01T00:00:00.123456789Z text`. A line without a time belongs to the one before it. */
export function parseLine(line: string, pod: string, container: string): Omit<LogEntry, "seq"> & { time: string } {
  const space = line.indexOf(" ");
  const time = space > 0 ? line.slice(0, space) : line;
  const at = rfc3339.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at)) return { at: 0, time: "", pod, container, text: line };
  return { at, time, pod, container, text: space > 0 ? line.slice(space + 1).replace(/\r$/, "") : "" };
}

/** The containers whose log can be read now: those that have started at least once. */
export function startedContainers(pod: Pod): string[] {
  const statuses: ContainerStatus[] = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
  return statuses.filter(({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated).map(({ name }) => name);
}

export const restartsOf = (pod: Pod, container: string): number =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(({ name }) => name === container)?.restartCount ?? 0;
