import type { Node, NodeCondition } from "../../../shared/kubernetes/types.ts";

/** How well a zone does, as pkg/controller/nodelifecycle tells it. */
export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption";

// Defaults of kube-controller-manager.
const unhealthyZoneThreshold = 0.55;
const largeClusterSizeThreshold = 50;
/** Nodes a second. */
const evictionRate = 0.1;
const secondaryEvictionRate = 0.01;

const separator = ":\0:";

/** Region and zone of a node in one text; "" when it has neither. The labels of old go first, as in Kubernetes. */
export function zoneKey({ metadata: { labels = {} } }: Node): string {
  const zone = labels["failure-domain.beta.kubernetes.io/zone"] ?? labels["topology.kubernetes.io/zone"] ?? "";
  const region = labels["failure-domain.beta.kubernetes.io/region"] ?? labels["topology.kubernetes.io/region"] ?? "";
  return zone || region ? `${region}${separator}${zone}` : "";
}

/** A zone by the Ready conditions of its nodes; undefined is a node that never said. */
export function stateOfZone(ready: (NodeCondition | undefined)[]): ZoneState {
  const healthy = ready.filter((condition) => condition?.status === "True").length;
  const unhealthy = ready.length - healthy;
  if (healthy === 0 && unhealthy > 0) return "FullDisruption";
  return unhealthy > 2 && unhealthy / ready.length >= unhealthyZoneThreshold ? "PartialDisruption" : "Normal";
}

/** How many nodes a second may lose their pods in a zone. A zone that is all gone is emptied as if it were well: others live. */
export function evictionRateOf(state: ZoneState, size: number): number {
  if (state !== "PartialDisruption") return evictionRate;
  return size > largeClusterSizeThreshold ? secondaryEvictionRate : 0;
}

/** Nodes that don't count when a zone is judged. */
export const isExcludedFromDisruption = ({ metadata: { labels = {} } }: Node): boolean => "node.kubernetes.io/exclude-disruption" in labels;

/** What follows when all zones, or no longer all, are down. */
export type ClusterChange = "allDown" | "upAgain" | "none";

/** Compares the states of the zones with those of the last pass. No zone at all is no disruption. */
export function clusterChange(before: ReadonlyMap<string, ZoneState>, now: ReadonlyMap<string, ZoneState>): ClusterChange {
  const down = (states: ReadonlyMap<string, ZoneState>) => [...states.values()].every((state) => state === "FullDisruption");
  const wasDown = down(new Map([...before].filter(([zone]) => now.has(zone))));
  if (down(now)) return wasDown && before.size > 0 ? "none" : "allDown";
  return wasDown && before.size > 0 ? "upAgain" : "none";
}
