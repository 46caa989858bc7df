import type { ApiResource, ResourceRef } from "../../shared/contract.ts";

/** Built-in kinds whose names are known before discovery answered. */
const builtInKinds: Record<string, string> = {
  pods: "Pod",
  services: "Service",
  nodes: "Node",
  events: "Event",
  configmaps: "ConfigMap",
  secrets: "Secret",
  namespaces: "Namespace",
  deployments: "Deployment",
  replicasets: "ReplicaSet",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  jobs: "Job",
  cronjobs: "CronJob",
  ingresses: "Ingress",
  ingressclasses: "IngressClass",
  networkpolicies: "NetworkPolicy",
  endpointslices: "EndpointSlice",
  endpoints: "Endpoints",
  persistentvolumeclaims: "PersistentVolumeClaim",
  persistentvolumes: "PersistentVolume",
  storageclasses: "StorageClass",
  serviceaccounts: "ServiceAccount",
  roles: "Role",
  rolebindings: "RoleBinding",
  clusterroles: "ClusterRole",
  clusterrolebindings: "ClusterRoleBinding",
  replicationcontrollers: "ReplicationController",
  resourcequotas: "ResourceQuota",
  limitranges: "LimitRange",
};

/** The kind's name in Kubernetes' spelling. */
export const kindOf = (ref: ResourceRef, discovered?: ApiResource): string => discovered?.kind ?? builtInKinds[ref.resource] ?? ref.resource;

/** English plural of a kind, as the Kubernetes documentation writes it. */
export function pluralOf(kind: string): string {
  if (kind === "Endpoints") return kind;
  if (/(s|x|ch|sh)$/i.test(kind)) return `${kind}es`;
  if (/[^aeiou]y$/i.test(kind)) return `${kind.slice(0, -1)}ies`;
  return `${kind}s`;
}

/** Names of a kind for titles. Kubernetes words are not translated. */
export function useKindNames(ref: ResourceRef, discovered?: ApiResource): { singular: string; plural: string } {
  const singular = kindOf(ref, discovered);
  return { singular, plural: pluralOf(singular) };
}
