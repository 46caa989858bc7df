import { open } from "node:fs/promises";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerStatus } from "../../runtime/types.ts";
import { messagePolicyAnnotation } from "../containers/containerConfig.ts";
import type { KubeletContext } from "../types.ts";
import type { PodVolumes } from "../volumes/podVolumes.ts";
import { containerNameOf, type PodRuntimeState } from "./runtimeState.ts";
import type { RuntimeCache } from "./runtimeCache.ts";

/** https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/ */
const maxMessageBytes = 4096;
const maxFallbackBytes = 2048;
const fallbackLines = 80;

/** Gives each container that has ended its last words: its message file, or the end of its log. */
export async function readTerminationMessages(
  parts: { context: KubeletContext; cache: RuntimeCache; volumes: PodVolumes },
  pod: Pod,
  state: PodRuntimeState,
): Promise<void> {
  for (const container of state.containers) {
    if (container.state !== "exited" || container.message !== undefined) continue;
    parts.cache.noteMessage(pod.metadata.uid, container.id, await lastWords(parts, pod, container));
  }
}

async function lastWords(
  { context, volumes }: { context: KubeletContext; volumes: PodVolumes },
  pod: Pod,
  container: ContainerStatus,
): Promise<string> {
  const path = volumes.messagePath(pod.metadata.uid, containerNameOf(container), container.metadata.attempt);
  const message = await readStart(path);
  const fallsBack = container.annotations[messagePolicyAnnotation] === "FallbackToLogsOnError" && container.exitCode !== 0;
  return message || !fallsBack ? message : endOfLog(context, container);
}

async function readStart(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxMessageBytes), 0, maxMessageBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch {
    return "";
  }
}

async function endOfLog({ runtime }: KubeletContext, container: ContainerStatus): Promise<string> {
  let text = "";
  for await (const line of runtime.logs(container.id, { follow: false, tailLines: fallbackLines, signal: new AbortController().signal }))
    text += `${line.content.toString("utf8")}${line.partial ? "" : "\n"}`;
  return text.slice(-maxFallbackBytes);
}
