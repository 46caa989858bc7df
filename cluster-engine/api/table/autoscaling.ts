import type * as T from "../../../shared/kubernetes/types.ts";
import { age, none, quantityCell, shortened, unset, type Printer } from "./cells.ts";

type Quantity = string | number | undefined;

/** Of both versions: the first has one target for CPU only. */
export const horizontalPodAutoscaler: Printer<T.HorizontalPodAutoscaler> = (object, now) => {
  const { metadata, spec, status } = object;
  const target = spec?.scaleTargetRef;
  const metrics = metricsCell(spec?.metrics ?? cpuMetric(spec), status?.currentMetrics ?? []);
  const cells = [metadata.name, `${target?.kind}/${target?.name}`, metrics, spec?.minReplicas === undefined ? unset : String(spec.minReplicas)];
  return [...cells, spec?.maxReplicas ?? 0, status?.currentReplicas ?? 0, age(object, now)];
};

function cpuMetric(spec: object | undefined): T.MetricSpec[] {
  const averageUtilization = (spec as T.AutoscalingV1HorizontalPodAutoscalerSpec | undefined)?.targetCPUUtilizationPercentage;
  return averageUtilization === undefined
    ? []
    : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } }];
}

function metricsCell(specs: T.MetricSpec[], statuses: T.MetricStatus[]): string {
  return specs.length
    ? shortened(
        specs.map((spec, i) => metricCell(spec, statuses[i])),
        2,
        ", ",
      )
    : none;
}

function metricCell(spec: T.MetricSpec, status: T.MetricStatus | undefined): string {
  switch (spec.type) {
    case "External":
      return valueCell(spec.external?.target, status?.external?.current);
    case "Object":
      return valueCell(spec.object?.target, status?.object?.current);
    case "Pods":
      return `${current(status?.pods?.current.averageValue)}/${quantityCell(spec.pods?.target.averageValue)}`;
    case "Resource":
      return resourceCell(spec.resource, status?.resource?.current);
    case "ContainerResource":
      return resourceCell(spec.containerResource, status?.containerResource?.current);
    default:
      return "<unknown type>";
  }
}

const current = (value: Quantity): string => (value === undefined ? "<unknown>" : quantityCell(value));

function valueCell(target: T.MetricTarget | undefined, status: T.MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current(status?.averageValue)}/${quantityCell(target.averageValue)} (avg)`;
  return `${current(status?.value)}/${quantityCell(target?.value)}`;
}

function resourceCell(source: { name: string; target: T.MetricTarget } | undefined, status: T.MetricValueStatus | undefined): string {
  const percent = (value: number | undefined, otherwise: string) => (value === undefined ? otherwise : `${value}%`);
  const target = source?.target;
  if (target?.averageValue !== undefined) return `${source?.name}: ${current(status?.averageValue)}/${quantityCell(target.averageValue)}`;
  return `${source?.name}: ${percent(status?.averageUtilization, "<unknown>")}/${percent(target?.averageUtilization, "<auto>")}`;
}
