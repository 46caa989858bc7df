import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";

/** Addresses that are known only once the sandbox runs. */
export interface PodAddresses {
  podIP: string;
  nodeIP: string;
}

/** What a node offers to its pods: the value of a limit that is not set. */
export type Allocatable = Record<string, string | number>;

/** The text of a fieldRef. @throws when the path is not supported. */
export function fieldValue(pod: Pod, { fieldPath }: ObjectFieldSelector, addresses: PodAddresses): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  switch (fieldPath) {
    case "metadata.name":
    case "metadata.namespace":
    case "metadata.uid":
      return pod.metadata[fieldPath.slice("metadata.".length) as "name" | "namespace" | "uid"];
    case "metadata.labels":
      return formatMap(pod.metadata.labels);
    case "metadata.annotations":
      return formatMap(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "default";
    case "status.hostIP":
    case "status.hostIPs":
      return addresses.nodeIP;
    case "status.podIP":
    case "status.podIPs":
      return addresses.podIP;
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** `key="value"` a line, sorted, as downwardAPI volumes hold labels and annotations. */
function formatMap(map: Record<string, string> = {}): string {
  return Object.entries(map)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}

/** The number of a resourceFieldRef, in units of its divisor, rounded up. */
export function resourceValue(pod: Pod, container: Container, reference: ResourceFieldSelector, allocatable: Allocatable): string {
  const source = reference.containerName
    ? ([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === reference.containerName) ?? container)
    : container;
  const [kind, ...rest] = reference.resource.split(".");
  const name = rest.join(".");
  const { limits, requests } = source.resources ?? {};
  const value = kind === "limits" ? (limits?.[name] ?? allocatable[name]) : (requests?.[name] ?? limits?.[name]);
  const divisor = parseQuantity(reference.divisor && parseQuantity(reference.divisor).sign() > 0 ? reference.divisor : "1");
  const quantity = parseQuantity(value ?? "0");
  return String((quantity.nano + divisor.nano - 1n) / divisor.nano);
}
