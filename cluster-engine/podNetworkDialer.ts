import type { Duplex } from "node:stream";

/** Connects to pod addresses once the pod network is up; until then it refuses as a dialer does. */
export class PodNetworkDialer {
  target: ((address: string, port: number) => Promise<Duplex>) | undefined;

  readonly dial = (address: string, port: number): Promise<Duplex> =>
    this.target ? this.target(address, port) : Promise.reject(new Error(`dial tcp ${address}:${port}: the pod network is not up`));
}
