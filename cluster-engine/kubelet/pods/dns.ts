import type { Pod } from "../../../shared/kubernetes/types.ts";

export interface DnsConfig {
  servers: string[];
  searches: string[];
  options: string[];
}

/** Undefined leaves name resolution to the container engine, as with the node's own. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ */
export function dnsConfig(pod: Pod, cluster: { dns: string; domain: string }): DnsConfig | undefined {
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const base = usesClusterDns(policy, pod.spec.hostNetwork ?? false) ? clusterFirst(pod, cluster) : undefined;
  const own = pod.spec.dnsConfig;
  if (!own) return base ?? (policy === "None" ? { servers: [], searches: [], options: [] } : undefined);
  if (!base && policy !== "None") return own.nameservers?.length ? merged({ servers: [], searches: [], options: [] }, own) : undefined;
  return merged(base ?? { servers: [], searches: [], options: [] }, own);
}

const usesClusterDns = (policy: string, hostNetwork: boolean): boolean =>
  policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !hostNetwork);

const clusterFirst = (pod: Pod, { dns, domain }: { dns: string; domain: string }): DnsConfig => ({
  servers: [dns],
  searches: [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain],
  options: ["ndots:5"],
});

function merged(base: DnsConfig, own: NonNullable<Pod["spec"]["dnsConfig"]>): DnsConfig {
  const options = new Map([...base.options.map(splitOption), ...(own.options ?? []).map(({ name, value }) => [name!, value] as const)]);
  return {
    servers: [...new Set([...base.servers, ...(own.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(own.searches ?? [])])],
    options: [...options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`)),
  };
}

function splitOption(option: string): readonly [string, string | undefined] {
  const [name, value] = option.split(":", 2);
  return [name!, value];
}

export function resolvConf({ servers, searches, options }: DnsConfig): string {
  const lines = servers.map((server) => `nameserver ${server}`);
  if (searches.length) lines.unshift(`search ${searches.join(" ")}`);
  if (options.length) lines.push(`options ${options.join(" ")}`);
  return `${lines.join("\n")}\n`;
}
