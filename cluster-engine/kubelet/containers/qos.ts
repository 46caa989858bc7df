import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity, type Quantity } from "../../api/quantity.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const computeResources = ["cpu", "memory"] as const;

const positive = (value: string | number | undefined): Quantity | undefined => {
  if (value === undefined) return undefined;
  const quantity = parseQuantity(value);
  return quantity.sign() > 0 ? quantity : undefined;
};

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClass(pod: Pod): QosClass {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const asks = containers.some(({ resources }) =>
    computeResources.some((name) => positive(resources?.requests?.[name]) ?? positive(resources?.limits?.[name])),
  );
  if (!asks) return "BestEffort";
  return containers.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function isGuaranteed({ resources }: Container): boolean {
  return computeResources.every((name) => {
    const limit = positive(resources?.limits?.[name]);
    if (!limit) return false;
    const request = positive(resources?.requests?.[name]) ?? limit;
    return request.compare(limit) === 0;
  });
}

const guaranteedScore = -997;
const bestEffortScore = 1000;

/** How willingly the kernel kills a container when memory is short; pods of the node's own get the lowest score. */
export function oomScoreAdj(pod: Pod, container: Container, memoryCapacity: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return guaranteedScore;
  const qos = qosClass(pod);
  if (qos === "Guaranteed") return guaranteedScore;
  if (qos === "BestEffort") return bestEffortScore;
  const { requests, limits } = container.resources ?? {};
  const request = (positive(requests?.memory) ?? positive(limits?.memory))?.bytes() ?? 0;
  const score = Math.trunc(1000 - (1000 * request) / memoryCapacity);
  const least = 1000 + guaranteedScore;
  return Math.min(Math.max(score, least), bestEffortScore - 1);
}
