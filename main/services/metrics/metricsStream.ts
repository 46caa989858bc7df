import type { MetricsMessage, ObjectRef } from "../../../shared/contract.ts";
import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { isNotFound, messageOf } from "../errors.ts";
import { findObject } from "../objects/api.ts";
import type { StreamEnds, StreamSource } from "../port/types.ts";
import { every, type Clock } from "../time.ts";
import { quantity } from "../views/quantity.ts";

interface Sample {
  time: string;
  cpuNanoCores: number;
  memoryWorkingSetBytes: number;
}

type Series = MetricsMessage["series"][number];

const pollMs = 10_000;
const keptSamples = 360;

/** CPU and memory of a pod's containers or of a node: the local kubelet's own history, else what metrics-server says while open. */
export class MetricsStream implements StreamSource<MetricsMessage> {
  readonly #cluster: Cluster;
  readonly #object: ObjectRef;
  readonly #clock: Clock;
  readonly #ends: StreamEnds;
  readonly #timer: Disposable;
  readonly #gathered = new Map<string, Series["samples"]>();
  #message: MetricsMessage | undefined;

  constructor(cluster: Cluster, object: ObjectRef, clock: Clock, ends: StreamEnds) {
    this.#cluster = cluster;
    this.#object = object;
    this.#clock = clock;
    this.#ends = ends;
    this.#timer = every(clock, pollMs, () => void this.#poll());
    void this.#poll();
  }

  next(): MetricsMessage | undefined {
    const message = this.#message;
    this.#message = undefined;
    return message;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  async #poll(): Promise<void> {
    this.#message = await this.#read().catch((error: unknown): MetricsMessage => ({ source: "none", message: messageOf(error), series: [] }));
    this.#ends.wake();
  }

  async #read(): Promise<MetricsMessage> {
    const bounds = await this.#bounds();
    const histories = await this.#history().catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (histories) {
      const series = Object.entries(histories).map(([name, samples]) => ({
        name,
        samples: samples.map(({ time, cpuNanoCores, memoryWorkingSetBytes }) => ({
          at: Date.parse(time),
          cpu: cpuNanoCores / 1e9,
          memory: memoryWorkingSetBytes,
        })),
        ...bounds[name],
      }));
      return series.some(({ samples }) => samples.length > 0)
        ? { source: "kubelet", series }
        : { source: "kubelet", message: "no sample yet: the first comes within ten seconds", series };
    }
    return this.#fromMetricsServer(bounds);
  }

  /** One hour of samples; only Wherry's own clusters have it. */
  async #history(): Promise<Record<string, Sample[]>> {
    const { name, namespace } = this.#object;
    const path = namespace ? `/apis/wherry.dev/v1/usage/namespaces/${namespace}/pods/${name}` : `/apis/wherry.dev/v1/usage/nodes/${name}`;
    const answer = await this.#cluster.connection.json<{
      containers?: Record<string, Sample[]> | { name: string; samples: Sample[] }[];
      samples?: Sample[];
    }>({ path });
    if (Array.isArray(answer.containers)) return Object.fromEntries(answer.containers.map((container) => [container.name, container.samples]));
    return answer.containers ?? { [name]: answer.samples ?? [] };
  }

  async #fromMetricsServer(bounds: Record<string, Partial<Series>>): Promise<MetricsMessage> {
    const { name, namespace } = this.#object;
    const path = namespace ? `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods/${name}` : `/apis/metrics.k8s.io/v1beta1/nodes/${name}`;
    const usage = await this.#cluster.connection
      .json<{ usage?: Record<string, string>; containers?: { name: string; usage: Record<string, string> }[] }>({ path })
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
    if (!usage) return { source: "none", message: "the cluster has no metrics-server, or no sample of this object yet", series: [] };
    for (const one of usage.containers ?? [{ name, usage: usage.usage ?? {} }]) {
      const samples = [
        ...(this.#gathered.get(one.name) ?? []),
        { at: this.#clock.now(), cpu: quantity(one.usage["cpu"]) || 0, memory: quantity(one.usage["memory"]) || 0 },
      ];
      this.#gathered.set(one.name, samples.slice(-keptSamples));
    }
    return { source: "metrics-server", series: [...this.#gathered].map(([series, samples]) => ({ name: series, samples, ...bounds[series] })) };
  }

  /** Requests and limits of each container; a node's capacity as its limit. */
  async #bounds(): Promise<Record<string, Partial<Series>>> {
    const { name, namespace } = this.#object;
    if (!namespace) {
      const node = await findObject<Node>(this.#cluster, this.#object);
      const allocatable = node?.status?.allocatable ?? {};
      return { [name]: { cpuLimit: quantity(allocatable["cpu"]), memoryLimit: quantity(allocatable["memory"]) } };
    }
    const pod = await findObject<Pod>(this.#cluster, this.#object);
    const amount = (key: keyof Series, value: string | number | undefined): Partial<Series> =>
      value === undefined ? {} : { [key]: quantity(value) };
    return Object.fromEntries(
      (pod?.spec.containers ?? []).map(({ name: container, resources: { requests = {}, limits = {} } = {} }) => [
        container,
        {
          ...amount("cpuRequest", requests["cpu"]),
          ...amount("memoryRequest", requests["memory"]),
          ...amount("cpuLimit", limits["cpu"]),
          ...amount("memoryLimit", limits["memory"]),
        },
      ]),
    );
  }
}
