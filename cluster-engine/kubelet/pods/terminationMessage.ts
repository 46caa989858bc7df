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

/** What the runtime holds of the pod, each ended container with its last words: its message file, or the end of its log. */
export async function withTerminationMessages(
  parts: { context: KubeletContext; cache: RuntimeCache; volumes: PodVolumes },
  { metadata: { uid } }: Pod,
): Promise<PodRuntimeState> {
  for (;;) {
    const state = parts.cache.get(uid);
    const ended = state.containers.find((container) => container.state === "exited" && container.message === undefined);
    if (!ended) return state;
    parts.cache.noteMessage(uid, ended.id, await lastWords(parts, uid, ended));
  }
}

async function lastWords(
  { context, volumes }: { context: KubeletContext; volumes: PodVolumes },
  podUid: string,
  container: ContainerStatus,
): Promise<string> {
  const path = volumes.messagePath(podUid, containerNameOf(container), container.metadata.attempt);
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
