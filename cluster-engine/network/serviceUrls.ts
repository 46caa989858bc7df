import type { Service } from "../../shared/kubernetes/types.ts";

/**
 * Where a browser on this machine finds a Service: one URL for each TCP port that leaves the cluster, by its node port.
 * Empty for Services that can't be reached from outside.
 */
export function serviceUrls(service: Service, nodeAddress: string): string[] {
  const type = service.spec?.type;
  if (type !== "NodePort" && type !== "LoadBalancer") return [];
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = port.nodePort ?? (type === "LoadBalancer" ? port.port : undefined);
    if (!number || (port.protocol ?? "TCP") !== "TCP") return [];
    const secure = port.appProtocol === "https" || port.name === "https" || port.port === 443;
    return [`${secure ? "https" : "http"}://${nodeAddress}:${number}`];
  });
}
