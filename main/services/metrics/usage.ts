import type { Connection } from "../clusters/connection.ts";
import { ApiError, messageOf } from "../errors.ts";
import { every, type Clock } from "../time.ts";
import { quantity } from "../views/quantity.ts";

/** CPU in cores, memory in bytes. */
export interface Amount {
  cpu: number;
  memory: number;
}
export type NodeUsage = Amount;
export interface PodUsage extends Amount {
  containers: Record<string, Amount>;
}

interface MetricsList {
  items: {
    metadata: { name: string; namespace?: string };
    usage?: Record<string, string>;
    containers?: { name: string; usage: Record<string, string> }[];
  }[];
}

const pollMs = 10_000;

const amount = (usage: Record<string, string> = {}): Amount => ({ cpu: quantity(usage.cpu) || 0, memory: quantity(usage.memory) || 0 });

const sum = (amounts: Amount[]): Amount =>
  amounts.reduce((total, one) => ({ cpu: total.cpu + one.cpu, memory: total.memory + one.memory }), { cpu: 0, memory: 0 });

/** The latest usage of all pods and nodes of a cluster by metrics.k8s.io, asked for while somebody looks. */
export class UsageSource {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #pods = new Map<string, PodUsage>();
  #nodes = new Map<string, NodeUsage>();
  #timer: Disposable | undefined;
  #problem: string | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Why there are no numbers. */
  get problem(): string | undefined {
    return this.#problem;
  }

  pod(key: string): PodUsage | undefined {
    return this.#pods.get(key);
  }

  node(name: string): NodeUsage | undefined {
    return this.#nodes.get(name);
  }

  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#timer = every(this.#clock, pollMs, () => void this.#poll());
      void this.#poll();
    }
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size > 0) return;
        this.#timer?.[Symbol.dispose]();
        this.#timer = undefined;
      },
    };
  }

  async #poll(): Promise<void> {
    try {
      const [pods, nodes] = await Promise.all(
        ["pods", "nodes"].map((resource) => this.#connection.json<MetricsList>({ path: `/apis/metrics.k8s.io/v1beta1/${resource}` })),
      );
      this.#pods = new Map(pods!.items.map((item) => [`${item.metadata.namespace}/${item.metadata.name}`, podUsage(item)]));
      this.#nodes = new Map(nodes!.items.map((item) => [item.metadata.name, amount(item.usage)]));
      this.#problem = undefined;
    } catch (error) {
      this.#problem =
        error instanceof ApiError && error.code === 404 ? "the cluster has no metrics-server: install it to see usage" : messageOf(error);
      if (this.#pods.size === 0) return;
      this.#pods.clear();
      this.#nodes.clear();
    }
    for (const listener of this.#listeners) listener();
  }
}

function podUsage(item: MetricsList["items"][number]): PodUsage {
  const containers = Object.fromEntries((item.containers ?? []).map(({ name, usage }) => [name, amount(usage)]));
  return { ...sum(Object.values(containers)), containers };
}
