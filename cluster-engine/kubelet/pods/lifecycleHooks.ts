import type { Container, LifecycleHandler } from "../../../shared/kubernetes/types.ts";
import { sleep } from "../../base/clock.ts";
import type { Connections, ConnectionTarget } from "../connections.ts";
import { httpGet, resolvePort, urlOf } from "../probes/httpGet.ts";
import type { KubeletContext } from "../types.ts";

const execTimeoutMs = 24 * 3_600_000;

/** Runs a postStart or preStop handler to its end. @throws Error that says what went wrong, for waiting reasons; never for events. */
export async function runHook(options: {
  context: KubeletContext;
  connections: Connections;
  handler: LifecycleHandler;
  container: Container;
  containerId: string;
  target: ConnectionTarget;
  signal: AbortSignal;
}): Promise<void> {
  const { context, connections, handler, container, containerId, target, signal } = options;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { stderr, stdout, exitCode } = await context.runtime.execSync(containerId, command, execTimeoutMs);
    if (exitCode !== 0)
      throw new Error(
        `Exec lifecycle hook (${JSON.stringify(command)}) for Container "${container.name}" failed - error: command exited with ${exitCode}: , message: ${JSON.stringify(Buffer.concat([stdout, stderr]).toString("utf8").slice(0, 1024))}`,
      );
  } else if (handler.httpGet) {
    const port = resolvePort(handler.httpGet.port, container);
    const dial = (to: number, host?: string) => connections.dial(target, to, { host, signal });
    const { status } = await httpGet({ action: handler.httpGet, port, host: target.podIP, userAgent: "kube-lifecycle/1.36", dial, signal });
    if (status >= 400)
      throw new Error(
        `HTTP lifecycle hook (${urlOf(handler.httpGet, target.podIP, port)}) for Container "${container.name}" failed with status ${status}`,
      );
  } else if (handler.sleep) await sleep(context.clock, handler.sleep.seconds * 1000, signal);
}
