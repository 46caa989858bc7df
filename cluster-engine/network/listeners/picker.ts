import type { ServicePort } from "../../../shared/kubernetes/types.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { NetworkObjects } from "../objects.ts";
import { endpointsOf } from "../rules/endpoints.ts";
import { affinityOf } from "../rules/serviceRules.ts";
import type { WantedListener } from "./wanted.ts";

/** Chooses the endpoint of each new connection as the rules in the pods do: by chance, or the same one with session affinity. */
export class EndpointPicker {
  readonly #objects: NetworkObjects;
  readonly #clock: Clock;
  readonly #random: Random;
  /** By listener: all clients are this machine. */
  readonly #kept = new Map<string, { endpoint: string; until: number }>();

  constructor(objects: NetworkObjects, clock: Clock, random: Random) {
    this.#objects = objects;
    this.#clock = clock;
    this.#random = random;
  }

  /** `10.244.0.5:8080`, or undefined when the Service has no endpoint now. */
  pick({ service: key, servicePort, port, protocol }: WantedListener): string | undefined {
    const service = this.#objects.services.get(key);
    const endpoints = this.#endpoints(key, servicePort);
    if (!service || endpoints.length === 0) return undefined;
    const seconds = affinityOf(service);
    const id = `${key} ${protocol} ${port}`;
    const kept = seconds ? this.#kept.get(id) : undefined;
    const now = this.#clock.monotonic();
    const usable = kept && kept.until > now && endpoints.includes(kept.endpoint);
    const endpoint = usable ? kept.endpoint : endpoints[Math.floor(this.#random.next() * endpoints.length)]!;
    if (seconds) this.#kept.set(id, { endpoint, until: now + seconds * 1000 });
    return endpoint;
  }

  /** Whether `endpoint` is one that the Service has now. */
  serves({ service, servicePort }: WantedListener, endpoint: string): boolean {
    return this.#endpoints(service, servicePort).includes(endpoint);
  }

  #endpoints(service: string, port: ServicePort): string[] {
    return endpointsOf(this.#objects.slicesOf(service), port).map(({ address }) => address);
  }
}
