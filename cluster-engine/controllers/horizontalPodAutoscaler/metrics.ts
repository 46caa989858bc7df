import { parseQuantity } from "../../api/quantity.ts";
import { StatusError } from "../../api/statusError.ts";
import type { Transport } from "../../client/types.ts";
import type { PodMetrics } from "./replicas.ts";

interface PodMetricsList {
  items: { metadata: { name: string }; timestamp: string; window: string; containers: { name: string; usage: Record<string, string> }[] }[];
}

/** Usage of a resource by each pod, from the resource metrics API. @throws Error with the autoscaler's message */
export async function fetchPodMetrics(transport: Transport, namespace: string, labelSelector: string, resource: string): Promise<PodMetrics> {
  const list = await fetchList(transport, namespace, labelSelector);
  const metrics: PodMetrics = new Map();
  for (const { metadata, timestamp, window, containers } of list.items) {
    const amounts = containers.map(({ usage }) => usage[resource]);
    if (amounts.length === 0 || amounts.some((amount) => amount === undefined)) continue;
    const value = amounts.reduce((sum, amount) => sum + parseQuantity(amount!).milli(), 0);
    metrics.set(metadata.name, { value, at: Date.parse(timestamp), window: secondsOf(window) * 1000 });
  }
  if (metrics.size === 0) throw new Error("no metrics returned from resource metrics API");
  return metrics;
}

async function fetchList(transport: Transport, namespace: string, labelSelector: string): Promise<PodMetricsList> {
  try {
    return (await transport.send({
      method: "GET",
      path: `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
      query: { labelSelector },
    })) as PodMetricsList;
  } catch (error) {
    const missing = error instanceof StatusError && error.code === 404;
    const reason = missing ? "the server could not find the requested resource (get pods.metrics.k8s.io)" : (error as Error).message;
    throw new Error(`unable to fetch metrics from resource metrics API: ${reason}`, { cause: error });
  }
}

/** Of a Go duration such as `1m30.5s`. */
const secondsOf = (duration: string): number =>
  [...duration.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit as "s"]!,
    0,
  );
