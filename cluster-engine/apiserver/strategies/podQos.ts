import type { Container, Pod, PodSpec } from "../../../shared/kubernetes/types.ts";

type QosClass = "Guaranteed" | "Burstable" | "BestEffort";
type Amounts = Record<string, string | number> | undefined;

const isZero = (quantity: string | number): boolean => /^[+-]?0*\.?0*[a-zA-Z]*$/.test(String(quantity));
const counted = (amounts: Amounts): [string, string][] =>
  Object.entries(amounts ?? {})
    .filter(([name, value]) => (name === "cpu" || name === "memory") && !isZero(value))
    .map(([name, value]) => [name, String(value)]);

/**
 * The quality of service class of a pod, from the requests and limits of cpu and memory of its containers (or of the
 * pod itself). Quantities are compared in canonical form.
 */
export function podQosClass(spec: PodSpec): QosClass {
  if (spec.resources) return classOf([spec.resources]);
  const containers: Pick<Container, "resources">[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return classOf(containers.map((container) => container.resources ?? {}));
}

function classOf(all: NonNullable<Container["resources"]>[]): QosClass {
  let some = false;
  let guaranteed = true;
  for (const { requests, limits } of all) {
    const limited = new Map(counted(limits));
    const requested = new Map(counted(requests));
    if (limited.size > 0 || requested.size > 0) some = true;
    for (const name of ["cpu", "memory"]) {
      const limit = limited.get(name);
      if (limit === undefined || (requested.get(name) ?? limit) !== limit) guaranteed = false;
    }
  }
  if (!some) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** The class that a pod shows: set once, when it is created. */
export const qosClassOf = (pod: Pod): QosClass => (pod.status?.qosClass as QosClass | undefined) ?? podQosClass(pod.spec!);
