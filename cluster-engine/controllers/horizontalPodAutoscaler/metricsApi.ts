import { parseApiVersion } from "../../../shared/kubernetes/object.ts";
import type { CrossVersionObjectReference, MetricIdentifier } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { selectorText } from "../../api/selectors.ts";
import { StatusError } from "../../api/statusError.ts";
import type { DiscoveredResource } from "../../client/discovery.ts";
import type { Query, Transport } from "../../client/types.ts";
import type { ServedResources } from "../servedResources.ts";

/** What a metric said of a pod. */
export interface PodMetric {
  /** Thousandths: millicores, or bytes × 1000. */
  value: number;
  /** ms: when the measured time ended, and how long it was. */
  at: number;
  window: number;
}

export type PodMetrics = Map<string, PodMetric>;

interface ResourceMetric {
  metadata: { name: string };
  timestamp: string;
  window: string;
  containers: { name: string; usage: Record<string, string> }[];
}

interface MetricValue {
  describedObject: { name: string };
  timestamp: string;
  /** Also `window`, in the older version. */
  windowSeconds?: number;
  window?: number;
  value: string;
}

/** Versions of the custom metrics API that are understood. */
const customVersions = ["v1beta2", "v1beta1"];

/**
 * The metrics that a cluster serves: metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io. Amounts are
 * thousandths. Every method throws an Error with the autoscaler's message.
 */
export class MetricsApi {
  readonly #transport: Transport;
  readonly #served: ServedResources;

  constructor(transport: Transport, served: ServedResources) {
    this.#transport = transport;
    this.#served = served;
  }

  /** Usage of a resource by each pod, or by one container of each. */
  async resource(namespace: string, labelSelector: string, resource: string, container?: string): Promise<PodMetrics> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`;
    const list = await this.#some<ResourceMetric>("resource", path, { labelSelector }, "pods.metrics.k8s.io");
    const metrics: PodMetrics = new Map();
    for (const { metadata, timestamp, window, containers } of list) {
      const counted = container ? containers.filter(({ name }) => name === container) : containers;
      const amounts = counted.map(({ usage }) => usage[resource]);
      if (amounts.length === 0 || amounts.some((amount) => amount === undefined)) continue;
      const value = amounts.reduce((sum, amount) => sum + parseQuantity(amount!).milli(), 0);
      metrics.set(metadata.name, { value, at: Date.parse(timestamp), window: secondsOf(window) * 1000 });
    }
    return metrics;
  }

  /** A metric of each pod. */
  async pods(namespace: string, labelSelector: string, metric: MetricIdentifier): Promise<PodMetrics> {
    const path = `${await this.#customRoot()}/namespaces/${namespace}/pods/*/${metric.name}`;
    const list = await this.#some<MetricValue>("custom", path, { labelSelector, metricLabelSelector: selectorOf(metric) }, metric.name);
    const read = ({ timestamp, windowSeconds, window, value }: MetricValue) => ({
      value: parseQuantity(value).milli(),
      at: Date.parse(timestamp),
      window: (windowSeconds ?? window ?? 60) * 1000,
    });
    return new Map(list.map((each) => [each.describedObject.name, read(each)]));
  }

  /** A metric of one object; of the namespace itself when that is named. */
  async object(namespace: string, { apiVersion = "", kind, name }: CrossVersionObjectReference, metric: MetricIdentifier): Promise<number> {
    const { group } = parseApiVersion(apiVersion);
    const root = await this.#customRoot();
    const owner = kind === "Namespace" && group === "" ? "metrics" : `${await this.#resourceOf(kind, group)}/${name}`;
    const path = `${root}/namespaces/${namespace}/${owner}/${metric.name}`;
    const list = await this.#fetch<MetricValue>("custom", path, { metricLabelSelector: selectorOf(metric) }, metric.name);
    if (list.length !== 1) throw unable("custom", `the custom metrics API server returned ${list.length} results when we asked for exactly one`);
    return parseQuantity(list[0]!.value).milli();
  }

  /** The sum of a metric from outside of the cluster. */
  async external(namespace: string, metric: MetricIdentifier): Promise<number> {
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric.name}`;
    const list = await this.#some<MetricValue>("external", path, { labelSelector: selectorOf(metric) }, `${metric.name}.external.metrics.k8s.io`);
    return list.reduce((sum, { value }) => sum + parseQuantity(value).milli(), 0);
  }

  async #fetch<T>(api: Api, path: string, query: Query, resource: string): Promise<T[]> {
    try {
      return ((await this.#transport.send({ method: "GET", path, query })) as { items: T[] }).items;
    } catch (error) {
      throw unable(api, messageFor(error, resource), error);
    }
  }

  async #some<T>(api: Api, path: string, query: Query, resource: string): Promise<T[]> {
    const items = await this.#fetch<T>(api, path, query, resource);
    if (items.length === 0) throw new Error(`no metrics returned from ${api} metrics API`);
    return items;
  }

  async #customRoot(): Promise<string> {
    const served = (await this.#find(({ group }) => group === "custom.metrics.k8s.io")).map(({ version }) => version);
    if (served.length === 0) throw unable("custom", "no custom metrics API (custom.metrics.k8s.io) registered");
    const version = customVersions.find((each) => served.includes(each));
    if (!version) throw unable("custom", "no known available metric versions found");
    return `/apis/custom.metrics.k8s.io/${version}`;
  }

  async #resourceOf(kind: string, group: string): Promise<string> {
    const [found] = await this.#find((each) => each.kind === kind && each.group === group && !each.resource.includes("/"));
    const groupKind = group ? `${kind}.${group}` : kind;
    if (!found)
      throw unable(
        "custom",
        `unable to map kind ${groupKind} to resource: no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`,
      );
    return group ? `${found.resource}.${group}` : found.resource;
  }

  async #find(wanted: (resource: DiscoveredResource) => boolean): Promise<DiscoveredResource[]> {
    try {
      return await this.#served.find(this.#transport, wanted);
    } catch (error) {
      throw unable("custom", (error as Error).message, error);
    }
  }
}

type Api = "resource" | "custom" | "external";

const unable = (api: Api, reason: string, cause?: unknown): Error =>
  new Error(`unable to fetch metrics from ${api} metrics API: ${reason}`, { cause });

/** An answer that is no Status says only that nothing is there. */
function messageFor(error: unknown, resource: string): string {
  const isUnserved = error instanceof StatusError && error.code === 404 && !error.status.details?.kind;
  return isUnserved ? `the server could not find the requested resource (get ${resource})` : (error as Error).message;
}

const selectorOf = ({ selector }: MetricIdentifier): string => (selector ? selectorText(selector) : "");

/** Of a Go duration such as `1m30.5s`. */
const secondsOf = (duration: string): number =>
  [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit as "s"]!,
    0,
  );
