import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { PodSandboxConfig, PortMapping } from "../../runtime/types.ts";
import type { DnsConfig } from "./dns.ts";
import { podHostname } from "./hostsFile.ts";

export interface SandboxInputs {
  pod: Pod;
  attempt: number;
  nodeName: string;
  /** Absent with host network. */
  podIP: string | undefined;
  dns: DnsConfig | undefined;
  clusterDomain: string;
  /** Runtime volumes that must outlive single containers. */
  volumes: string[];
}

export function sandboxConfig({ pod, attempt, nodeName, podIP, dns, clusterDomain, volumes }: SandboxInputs): PodSandboxConfig {
  const { metadata, spec } = pod;
  const sysctls = spec.securityContext?.sysctls ?? [];
  return {
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid, attempt },
    node: nodeName,
    hostname: podHostname(pod, clusterDomain),
    ...(podIP ? { podIP } : {}),
    hostNetwork: spec.hostNetwork ?? false,
    hostPID: spec.hostPID ?? false,
    hostIPC: spec.hostIPC ?? false,
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
    ...(dns ? { dns } : {}),
    portMappings: portMappings(pod),
    ...(sysctls.length ? { sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])) } : {}),
    ...(volumes.length ? { volumes } : {}),
    labels: metadata.labels ?? {},
    annotations: simulationOf(pod),
  };
}

/** What a simulated runtime is told; other annotations are other programs' business. */
function simulationOf({ metadata }: Pod): Record<string, string> {
  const told = Object.entries(metadata.annotations ?? {}).filter(([key]) => /(^|\.)simulated\.wherry\.dev\//.test(key));
  return Object.fromEntries(told);
}

function portMappings(pod: Pod): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return containers
    .flatMap(({ ports }) => ports ?? [])
    .filter(({ hostPort, protocol = "TCP" }) => hostPort && protocol !== "SCTP")
    .map(({ containerPort, hostPort, protocol, hostIP }) => ({
      containerPort,
      hostPort: hostPort!,
      protocol: (protocol ?? "TCP") as "TCP" | "UDP",
      ...(hostIP ? { hostIP } : {}),
    }));
}
