import type { z } from "zod";
import type { whatIfChange } from "../../../shared/scheduling.ts";
import type { Node, Pod } from "../../../shared/kubernetes/types.ts";
import type { World } from "./evidence.ts";

type Change = z.output<typeof whatIfChange>;

/** The spec of a SchedulingReview: each object is merged over the one of the same name. */
export interface ReviewSpec {
  pod: object;
  nodes: object[];
  removedPods: { namespace: string; name: string }[];
}

export function reviewOf(change: Change, { pod, nodes, podsOn }: World): ReviewSpec {
  const { metadata } = pod;
  const emptied = change.emptied === undefined ? [] : podsOn(change.emptied).filter((other) => other.metadata.uid !== metadata.uid);
  const open = change.openNodes ? [...nodes.keys()].map((name) => ({ metadata: { name }, spec: { taints: null, unschedulable: null } })) : [];
  const model = change.another === undefined ? undefined : nodes.get(change.another);
  return {
    pod: { metadata: { namespace: metadata.namespace, name: metadata.name }, spec: podSpec(change, pod) },
    nodes: [...open, ...(model ? [anotherLike(model, [...nodes.keys()], change.openNodes)] : [])],
    removedPods: emptied.map((other) => ({ namespace: other.metadata.namespace, name: other.metadata.name })),
  };
}

function podSpec({ cpu, memory, anyNode }: Change, { spec }: Pod): object {
  const amounts: Record<string, number | undefined> = { cpu, memory };
  const asked = Object.entries(amounts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
  // The whole amount on the first container: the scheduler counts them together.
  const changed = (containers: Pod["spec"]["containers"], amount: (value: string) => string) =>
    containers.map((container) => ({
      ...container,
      resources: {
        ...container.resources,
        requests: { ...container.resources?.requests, ...Object.fromEntries(asked.map(([name, value]) => [name, amount(value)])) },
      },
    }));
  const [first, ...others] = spec.containers;
  return {
    ...(asked.length && first
      ? {
          containers: [...changed([first], (value) => value), ...changed(others, () => "0")],
          ...(spec.initContainers ? { initContainers: changed(spec.initContainers, () => "0") } : {}),
          resources: null,
        }
      : {}),
    ...(anyNode ? { nodeSelector: null, affinity: { nodeAffinity: null } } : {}),
  };
}

function anotherLike({ metadata, spec, status }: Node, taken: string[], open: boolean): object {
  const name = freeName(`${metadata.name}-more`, taken);
  return {
    metadata: { name, labels: { ...metadata.labels, "kubernetes.io/hostname": name } },
    spec: open ? {} : { taints: spec?.taints, unschedulable: spec?.unschedulable },
    status: { allocatable: status?.allocatable, capacity: status?.capacity, conditions: status?.conditions },
  };
}

function freeName(name: string, taken: string[]): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
