import type { Service } from "../../../shared/kubernetes/types.ts";

const topologyHints = "service.kubernetes.io/topology-aware-hints";

/** Fields of a Service that are deprecated or have no effect. */
export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const { type, externalIPs = [], loadBalancerIP, sessionAffinity, externalName, trafficDistribution } = spec;
  const headless = type === "ClusterIP" && spec.clusterIP === "None";
  const external = type === "ExternalName";
  const rules: [boolean, string][] = [
    [
      metadata.annotations?.[topologyHints] !== undefined,
      `annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    ],
    [headless && !!loadBalancerIP, "spec.loadBalancerIP is ignored for headless services"],
    [headless && externalIPs.length > 0, "spec.externalIPs is ignored for headless services"],
    [headless && sessionAffinity !== "None", "spec.SessionAffinity is ignored for headless services"],
    [externalIPs.length > 0 && !headless && !external, "spec.externalIPs is deprecated and may no longer be implemented in some clusters"],
    [externalIPs.length > 0 && external, 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    [!external && !!externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
    [trafficDistribution === "PreferClose", 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
  ];
  return rules.filter(([applies]) => applies).map(([, text]) => text);
}
