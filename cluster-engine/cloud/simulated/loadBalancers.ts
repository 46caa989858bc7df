import { createHash } from "node:crypto";
import type { LoadBalancerStatus, Node, Service } from "../../../shared/kubernetes/types.ts";
import type { LoadBalancers } from "../types.ts";
import type { SimulatedCloudConfig } from "./config.ts";
import type { Requests } from "./requests.ts";

interface Balancer {
  hostname: string;
  targets: string[];
}

/**
 * Load balancers that have names, as some clouds give them: names under `localhost` are this machine's (RFC 6761), where
 * the network listens at the Service's ports.
 */
export class SimulatedLoadBalancers implements LoadBalancers {
  readonly #config: SimulatedCloudConfig;
  readonly #requests: Requests;
  readonly #balancers = new Map<string, Balancer>();

  constructor(config: SimulatedCloudConfig, requests: Requests) {
    this.#config = config;
    this.#requests = requests;
  }

  async status({ metadata }: Service): Promise<LoadBalancerStatus | undefined> {
    const balancer = this.#balancers.get(metadata.uid);
    return balancer && statusOf(balancer);
  }

  async ensure({ metadata }: Service, nodes: Node[]): Promise<LoadBalancerStatus> {
    const { loadBalancerQuota, regions } = this.#config;
    await this.#requests.make(`create load balancer for ${metadata.namespace}/${metadata.name}`);
    if (!this.#balancers.has(metadata.uid) && this.#balancers.size >= loadBalancerQuota)
      throw new Error(`simulated cloud: TooManyLoadBalancers: the quota of ${loadBalancerQuota} load balancers has been reached`);
    const id = createHash("sha256").update(metadata.uid).digest("hex").slice(0, 12);
    const balancer = { hostname: `lb-${id}.${regions[0]!.name}.simulated.localhost`, targets: namesOf(nodes) };
    this.#balancers.set(metadata.uid, balancer);
    return statusOf(balancer);
  }

  async update({ metadata }: Service, nodes: Node[]): Promise<void> {
    await this.#requests.make(`update load balancer of ${metadata.namespace}/${metadata.name}`);
    const balancer = this.#balancers.get(metadata.uid);
    if (!balancer) throw new Error("simulated cloud: LoadBalancerNotFound");
    balancer.targets = namesOf(nodes);
  }

  async ensureDeleted({ metadata }: Service): Promise<void> {
    await this.#requests.make(`delete load balancer of ${metadata.namespace}/${metadata.name}`);
    this.#balancers.delete(metadata.uid);
  }

  /** Names of the nodes behind a Service's load balancer. */
  targetsOf(uid: string): string[] {
    return this.#balancers.get(uid)?.targets ?? [];
  }
}

const namesOf = (nodes: Node[]): string[] => nodes.map(({ metadata }) => metadata.name);

const statusOf = ({ hostname }: Balancer): LoadBalancerStatus => ({ ingress: [{ hostname }] });
