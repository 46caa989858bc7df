import type { Container, PodSpec } from "../../../shared/kubernetes/types.ts";
import type { Quantity } from "../../api/quantity.ts";
import { parseQuantity } from "../../api/quantity.ts";

export type Amounts = Record<string, Quantity>;
type Written = Record<string, string | number> | undefined;

/** Resources that may be given for the pod as a whole. */
const podLevel = (name: string): boolean => name === "cpu" || name === "memory" || name.startsWith("hugepages-");

export function amountsOf(written: Written): Amounts {
  // Names come from users: "constructor" is one.
  const amounts = Object.create(null) as Amounts;
  for (const name in written) amounts[name] = parseQuantity(written[name]!);
  return amounts;
}

export function addTo(sum: Amounts, more: Amounts): Amounts {
  for (const name in more) sum[name] = sum[name] ? sum[name].add(more[name]!) : more[name]!;
  return sum;
}

function raiseTo(sum: Amounts, least: Amounts): void {
  for (const name in least) if (!sum[name] || sum[name].compare(least[name]!) < 0) sum[name] = least[name]!;
}

/**
 * What a pod asks for or is limited to: the sum of its containers and sidecars, or the largest of its init containers
 * with the sidecars before it; overridden by what is given for the pod.
 */
export function podAmounts(spec: PodSpec, kind: "requests" | "limits"): Amounts {
  const of = (container: Container): Amounts => amountsOf(container.resources?.[kind]);
  const total: Amounts = {};
  for (const container of spec.containers ?? []) addTo(total, of(container));
  const sidecars: Amounts = {};
  const peak: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      addTo(total, of(container));
      raiseTo(peak, addTo(sidecars, of(container)));
    } else raiseTo(peak, addTo({ ...sidecars }, of(container)));
  }
  raiseTo(total, peak);
  const own = amountsOf(spec.resources?.[kind]);
  for (const name in own) if (podLevel(name)) total[name] = own[name]!;
  return total;
}
