import type { Container, Pod, Probe } from "../../../shared/kubernetes/types.ts";
import { expand } from "../containers/expansion.ts";
import type { Connections } from "../connections.ts";
import type { KubeletContext } from "../types.ts";
import { grpcHealth } from "./grpcHealth.ts";
import { httpGet, resolvePort, urlOf } from "./httpGet.ts";

export interface ProbeVerdict {
  result: "success" | "warning" | "failure";
  output: string;
}

export interface ProbeTarget {
  pod: Pod;
  container: Container;
  containerId: string;
  sandboxId: string;
  podIP: string;
}

const success = (output = ""): ProbeVerdict => ({ result: "success", output });
const failure = (output: string): ProbeVerdict => ({ result: "failure", output });

/** Asks a container once. A probe that can't be made at all (bad port name, lost runtime) throws. */
export class Prober {
  readonly #context: KubeletContext;
  readonly #connections: Connections;

  constructor(context: KubeletContext, connections: Connections) {
    this.#context = context;
    this.#connections = connections;
  }

  async probe(probe: Probe, target: ProbeTarget): Promise<ProbeVerdict> {
    const seconds = probe.timeoutSeconds ?? 1;
    if (probe.exec) return this.#exec(probe.exec.command ?? [], target, seconds);
    const deadline = new AbortController();
    const timer = this.#context.clock.after(seconds * 1000, () => deadline.abort(new Error("deadline")));
    try {
      if (probe.httpGet) return await this.#http(probe, target, deadline.signal);
      if (probe.tcpSocket) return await this.#tcp(probe, target, deadline.signal);
      if (probe.grpc) return await this.#grpc(probe, target, deadline.signal, seconds);
      throw new Error(`missing probe handler for ${target.pod.metadata.name}:${target.container.name}`);
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async #exec(command: string[], { container, containerId }: ProbeTarget, seconds: number): Promise<ProbeVerdict> {
    const env = new Map((container.env ?? []).map(({ name, value }) => [name, value]));
    const words = command.map((word) => expand(word, (name) => env.get(name)));
    try {
      const { stdout, stderr, exitCode } = await this.#context.runtime.execSync(containerId, words, seconds * 1000);
      const output = Buffer.concat([stdout, stderr]).toString("utf8").slice(0, 10_240);
      return exitCode === 0 ? success(output) : failure(output);
    } catch (error) {
      if ((error as { code?: string }).code === "DeadlineExceeded") return failure((error as Error).message);
      throw error;
    }
  }

  async #http(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeVerdict> {
    const action = probe.httpGet!;
    const port = resolvePort(action.port, target.container);
    const dial = (to: number, host?: string) => this.#connections.dial(target, to, { host, signal });
    try {
      const answer = await httpGet({ action, port, host: target.podIP, userAgent: "kube-probe/1.36", dial, signal });
      if (answer.status >= 200 && answer.status < 300) return success();
      if (answer.status >= 300 && answer.status < 400) return { result: "warning", output: "Probe terminated redirects, Response body: " };
      return failure(`HTTP probe failed with statuscode: ${answer.status}`);
    } catch (error) {
      const cause = signal.aborted ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" : (error as Error).message;
      return failure(`Get "${urlOf(action, target.podIP, port)}": ${cause}`);
    }
  }

  async #tcp(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeVerdict> {
    const { host, port: wanted } = probe.tcpSocket!;
    const port = resolvePort(wanted, target.container);
    try {
      (await this.#connections.dial(target, port, { host: host || undefined, signal })).destroy();
      return success();
    } catch (error) {
      return failure(signal.aborted ? `dial tcp ${host || target.podIP}:${port}: i/o timeout` : (error as Error).message);
    }
  }

  async #grpc(probe: Probe, target: ProbeTarget, signal: AbortSignal, seconds: number): Promise<ProbeVerdict> {
    const { port, service = "" } = probe.grpc!;
    const authority = `${target.podIP}:${port}`;
    try {
      const connection = await this.#connections.dial(target, port, { signal });
      const { healthy, message } = await grpcHealth({ connection, authority, service, signal });
      return healthy ? success(message) : failure(message);
    } catch (error) {
      const cause = signal.aborted ? "context deadline exceeded" : (error as Error).message;
      return failure(`timeout: failed to connect service "${authority}" within ${seconds}s: ${cause}`);
    }
  }
}
