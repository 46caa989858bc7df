import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import { parseLabelSelector } from "../../api/selectors.ts";
import type { UsageSample } from "../../api/nodeConnection.ts";
import { document, pageNotFound, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { methodNotAllowed, notFound } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";

const apiVersion = "metrics.k8s.io/v1beta1";
/** What samples are an average of. */
const window = "15s";

/** `metrics.k8s.io/v1beta1`: the latest usage of nodes and pods, as kubelets report it. Serves `kubectl top`. */
export function resourceMetrics(call: ApiCall, context: ServerContext): Answer {
  const { resource, name, namespace, verb, subresource } = call.info;
  if (verb !== "get" && verb !== "list") throw methodNotAllowed();
  if (subresource || (resource !== "nodes" && resource !== "pods")) return pageNotFound();
  const found = resource === "nodes" ? nodeMetrics(call, context) : podMetrics(call, namespace, context);
  const kind = resource === "nodes" ? "NodeMetrics" : "PodMetrics";
  if (verb === "list") return table(call, found) ?? document({ kind: `${kind}List`, apiVersion, metadata: {}, items: found });
  const one = found.find((item) => item.metadata.name === name);
  if (!one) throw notFound({ group: "metrics.k8s.io", resource }, namespace ? `${namespace}/${name}` : name);
  return document({ kind, apiVersion, ...one });
}

interface Metrics {
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; creationTimestamp: string };
  timestamp: string;
  window: string;
  usage?: Usage;
  containers?: { name: string; usage: Usage }[];
}

interface Usage {
  cpu: string;
  memory: string;
}

const usageOf = ({ cpuNanoCores, memoryWorkingSetBytes }: UsageSample): Usage => ({
  cpu: `${Math.round(cpuNanoCores)}n`,
  memory: `${Math.round(memoryWorkingSetBytes / 1024)}Ki`,
});

const selected = (call: ApiCall): ((labels: Record<string, string> | undefined) => boolean) => {
  const selector = call.query.get("labelSelector");
  return selector ? parseLabelSelector(selector) : () => true;
};

function nodeMetrics(call: ApiCall, { registry, nodes }: ServerContext): Metrics[] {
  const matches = selected(call);
  return registry
    .cacheOf({ group: "", resource: "nodes" })
    .list()
    .flatMap((stored) => {
      const { metadata } = stored.object as Node;
      const sample = nodes(metadata.name)?.nodeUsage(1)[0];
      if (!sample || !matches(metadata.labels)) return [];
      return [{ metadata: describe(metadata), timestamp: sample.time, window, usage: usageOf(sample) }];
    });
}

function podMetrics(call: ApiCall, namespace: string, { registry, nodes }: ServerContext): Metrics[] {
  const matches = selected(call);
  return registry
    .cacheOf({ group: "", resource: "pods" })
    .list(namespace || undefined)
    .flatMap((stored) => {
      const { metadata, spec } = stored.object as Pod;
      if (!spec?.nodeName || !matches(metadata.labels)) return [];
      const usage = nodes(spec.nodeName)?.podUsage({ namespace: stored.namespace, pod: stored.name }, 1) ?? {};
      const latest = Object.entries(usage).flatMap(([name, samples]) => (samples.length ? [{ name, sample: samples.at(-1)! }] : []));
      if (!latest.length) return [];
      const timestamp = latest
        .map(({ sample }) => sample.time)
        .sort()
        .at(-1)!;
      return [{ metadata: describe(metadata), timestamp, window, containers: latest.map(({ name, sample }) => ({ name, usage: usageOf(sample) })) }];
    });
}

function describe({ name, namespace, labels, creationTimestamp }: Pod["metadata"]): Metrics["metadata"] {
  return { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}), creationTimestamp: creationTimestamp ?? "" };
}

/** `kubectl get podmetrics` asks for rows. */
function table(call: ApiCall, items: Metrics[]): Answer | undefined {
  if (!/as=Table/.test(call.header("accept") ?? "")) return undefined;
  const columnDefinitions = ["Name", "CPU", "Memory", "Window"].map((name, index) => ({
    name,
    type: "string",
    format: index ? "" : "name",
    description: "",
    priority: 0,
  }));
  const rows = items.map((item) => {
    const usages = item.usage ? [item.usage] : (item.containers ?? []).map((container) => container.usage);
    const cpu = usages.reduce((sum, usage) => sum + Number.parseInt(usage.cpu, 10), 0);
    const memory = usages.reduce((sum, usage) => sum + Number.parseInt(usage.memory, 10), 0);
    return {
      cells: [item.metadata.name, `${cpu}n`, `${memory}Ki`, item.window],
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: item.metadata },
    };
  });
  return {
    type: "bytes",
    code: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {}, columnDefinitions, rows }),
  };
}
