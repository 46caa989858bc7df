import type { Pod } from "../../../shared/kubernetes/types.ts";

/** The host name of a pod: at most 63 characters, as the kernel takes it. */
export function podHostname(pod: Pod, clusterDomain: string): string {
  const { hostnameOverride, hostname, subdomain, setHostnameAsFQDN } = pod.spec;
  if (hostnameOverride) return hostnameOverride;
  const short = (hostname || pod.metadata.name).slice(0, 63).replace(/[-.]+$/, "");
  return setHostnameAsFQDN && subdomain ? domainName(pod, short, clusterDomain)! : short;
}

function domainName(pod: Pod, hostname: string, clusterDomain: string): string | undefined {
  const { subdomain } = pod.spec;
  return subdomain && `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
}

const fixedLines = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::0\tip6-localnet",
  "fe00::0\tip6-mcastprefix",
  "fe00::1\tip6-allnodes",
  "fe00::2\tip6-allrouters",
];

/** /etc/hosts of a pod with a network of its own. */
export function hostsFile(pod: Pod, podIP: string, clusterDomain: string): string {
  const short = podHostname({ ...pod, spec: { ...pod.spec, setHostnameAsFQDN: false } }, clusterDomain);
  const full = domainName(pod, short, clusterDomain);
  const lines = ["# Kubernetes-managed hosts file.", ...fixedLines, full ? `${podIP}\t${full}\t${short}` : `${podIP}\t${short}`];
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length) lines.push("", "# Entries added by HostAliases.", ...aliases.map(({ ip, hostnames }) => [ip, ...(hostnames ?? [])].join("\t")));
  return `${lines.join("\n")}\n`;
}
