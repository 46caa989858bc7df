import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Conversion } from "./servedResource.ts";

type Fields = Record<string, unknown>;

/** Built-in resources that are stored in another version, by `group/version/resource`. */
export const conversions: Record<string, Conversion> = {
  "events.k8s.io/v1/events": { toServed: toEventsV1, toStored: toCoreEvent },
  "autoscaling/v1/horizontalpodautoscalers": { toServed: toAutoscalingV1, toStored: toAutoscalingV2 },
};

/** Field of events.k8s.io/v1 → field of the core Event. Fields that are absent here have one name in both. */
const eventFields: [string, string][] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

function rename(object: KubeObject, apiVersion: string, names: [from: string, to: string][]): KubeObject {
  const source = object as unknown as Fields;
  const to = new Map(names);
  const result: Fields = {};
  for (const [key, value] of Object.entries(source)) result[to.get(key) ?? key] = value;
  return { ...result, apiVersion } as unknown as KubeObject;
}

function toEventsV1(object: KubeObject): KubeObject {
  return rename(
    object,
    "events.k8s.io/v1",
    eventFields.map(([event, core]) => [core, event]),
  );
}

function toCoreEvent(object: KubeObject): KubeObject {
  return rename(object, "v1", eventFields);
}

const conditionsKey = "autoscaling.alpha.kubernetes.io/conditions";
const metricsKey = "autoscaling.alpha.kubernetes.io/metrics";
const currentMetricsKey = "autoscaling.alpha.kubernetes.io/current-metrics";
const behaviorKey = "autoscaling.alpha.kubernetes.io/behavior";

interface Metric {
  type: string;
  resource?: { name: string; target?: { type: string; averageUtilization?: number }; current?: { averageUtilization?: number } };
}

const isCpuUtilization = (metric: Metric): boolean => metric.type === "Resource" && metric.resource?.name === "cpu";

/** v1 has one target; everything else of v2 travels in annotations, as Kubernetes does it. */
function toAutoscalingV1(object: KubeObject): KubeObject {
  const { metrics = [], behavior, ...spec } = ((object as unknown as Fields).spec ?? {}) as { metrics?: Metric[]; behavior?: unknown } & Fields;
  const {
    currentMetrics = [],
    conditions,
    ...status
  } = ((object as unknown as Fields).status ?? {}) as { currentMetrics?: Metric[]; conditions?: unknown } & Fields;
  const cpu = metrics.find((metric) => isCpuUtilization(metric) && metric.resource?.target?.averageUtilization !== undefined);
  const currentCpu = currentMetrics?.find(isCpuUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const extra: Record<string, unknown> = {
    ...(others.length ? { [metricsKey]: others } : {}),
    ...(behavior ? { [behaviorKey]: behavior } : {}),
    ...(conditions ? { [conditionsKey]: conditions } : {}),
    ...(currentMetrics?.length ? { [currentMetricsKey]: currentMetrics } : {}),
  };
  const annotations = {
    ...object.metadata.annotations,
    ...Object.fromEntries(Object.entries(extra).map(([key, value]) => [key, JSON.stringify(value)])),
  };
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    metadata: { ...object.metadata, ...(Object.keys(annotations).length ? { annotations } : {}) },
    spec: { ...spec, ...(cpu ? { targetCPUUtilizationPercentage: cpu.resource!.target!.averageUtilization } : {}) },
    status: {
      currentReplicas: 0,
      desiredReplicas: 0,
      ...status,
      ...(currentCpu?.resource?.current?.averageUtilization === undefined
        ? {}
        : { currentCPUUtilizationPercentage: currentCpu.resource.current.averageUtilization }),
    },
  } as unknown as KubeObject;
}

function toAutoscalingV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = ((object as unknown as Fields).spec ?? {}) as {
    targetCPUUtilizationPercentage?: number;
  } & Fields;
  const { currentCPUUtilizationPercentage: current, ...status } = ((object as unknown as Fields).status ?? {}) as {
    currentCPUUtilizationPercentage?: number;
  } & Fields;
  const annotations = { ...object.metadata.annotations };
  const taken = <T>(key: string): T | undefined => {
    const text = annotations[key];
    delete annotations[key];
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const others = taken<Metric[]>(metricsKey) ?? [];
  const behavior = taken(behaviorKey);
  const conditions = taken(conditionsKey);
  const currentMetrics = taken<Metric[]>(currentMetricsKey);
  const cpu =
    target === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } } }];
  const metrics = [...others, ...cpu];
  const { annotations: _, ...metadata } = object.metadata;
  void current;
  return {
    ...object,
    apiVersion: "autoscaling/v2",
    metadata: { ...metadata, ...(Object.keys(annotations).length ? { annotations } : {}) },
    spec: { ...spec, ...(metrics.length ? { metrics } : {}), ...(behavior ? { behavior } : {}) },
    status: { ...status, ...(conditions ? { conditions } : {}), ...(currentMetrics ? { currentMetrics } : {}) },
  } as unknown as KubeObject;
}
