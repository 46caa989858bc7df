import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { KubeletContext } from "./types.ts";

export interface ConnectionTarget {
  sandboxId: string;
  podIP: string;
}

/** The one way to a pod's ports, for probes, hooks and port-forward. */
export class Connections {
  readonly #context: KubeletContext;

  constructor(context: KubeletContext) {
    this.#context = context;
  }

  /** A connection to a port of the pod, or of `host` when it is another. Rejects with the signal's reason when that fires first. */
  dial(target: ConnectionTarget, port: number, { host, signal }: { host?: string | undefined; signal?: AbortSignal } = {}): Promise<Duplex> {
    const opened = this.#open(target, port, host);
    return signal ? unlessAborted(opened, signal) : opened;
  }

  #open(target: ConnectionTarget, port: number, host: string | undefined): Promise<Duplex> {
    const { dialPod, runtime } = this.#context;
    if (host && host !== target.podIP && !isLoopback(host)) return runtime.dialPod ? runtime.dialPod(host, port) : dialHost(host, port);
    // A simulated pod has no address that anything else could reach.
    const hasNetwork = runtime.helpers !== undefined;
    return dialPod && hasNetwork && target.podIP ? dialPod(target.podIP, port) : runtime.portForward(target.sandboxId, port);
  }
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "127.0.0.1" || host === "::1";

function dialHost(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** A connection that comes too late is closed. */
function unlessAborted(opened: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    opened.then((connection) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) connection.destroy();
      connection.on("error", () => {});
      resolve(connection);
    }, reject);
  });
}
