import type { Log } from "../base/log.ts";
import type { ContainerRuntime, RuntimeEvent, SandboxStatus } from "../runtime/types.ts";
import type { AgentPod } from "./agentProtocol.ts";

export interface SandboxListener {
  started(pod: AgentPod): void;
  gone(id: string): void;
  /** The engine came back: everything may have changed. */
  restored(): void;
}

/** The sandboxes with a network namespace of their own that run now. */
export async function runningPods(runtime: ContainerRuntime): Promise<AgentPod[]> {
  return (await runtime.listPodSandboxes()).flatMap((status) => toPod(status) ?? []);
}

/** Undefined for a sandbox that does not run, and for one in the host's network: the host's rules are not ours. */
export function toPod(status: SandboxStatus): AgentPod | undefined {
  return status.state === "ready" && status.pid && status.podIP ? { id: status.id, pid: status.pid, node: status.node } : undefined;
}

/** Tells of sandboxes that come and go until the signal fires. */
export async function watchSandboxes(runtime: ContainerRuntime, listener: SandboxListener, log: Log, signal: AbortSignal): Promise<void> {
  for await (const event of runtime.events(signal)) {
    try {
      await tell(runtime, listener, event);
    } catch (error) {
      log.debug("sandbox not seen", { sandbox: event.sandboxId, error: (error as Error).message });
      if (event.sandboxId) listener.gone(event.sandboxId);
    }
  }
}

async function tell(runtime: ContainerRuntime, listener: SandboxListener, { type, sandboxId }: RuntimeEvent): Promise<void> {
  if (type === "restored") listener.restored();
  if (type !== "sandbox" || !sandboxId) return;
  const pod = toPod(await runtime.podSandboxStatus(sandboxId));
  if (pod) listener.started(pod);
  else listener.gone(sandboxId);
}
