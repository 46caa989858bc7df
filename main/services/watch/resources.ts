import type { ResourceRef } from "../../../shared/kubernetes/object.ts";

/** The resources that views join. */
export const known = {
  pods: { group: "", version: "v1", resource: "pods" },
  services: { group: "", version: "v1", resource: "services" },
  nodes: { group: "", version: "v1", resource: "nodes" },
  events: { group: "", version: "v1", resource: "events" },
  namespaces: { group: "", version: "v1", resource: "namespaces" },
  configmaps: { group: "", version: "v1", resource: "configmaps" },
  secrets: { group: "", version: "v1", resource: "secrets" },
  persistentvolumeclaims: { group: "", version: "v1", resource: "persistentvolumeclaims" },
  serviceaccounts: { group: "", version: "v1", resource: "serviceaccounts" },
  deployments: { group: "apps", version: "v1", resource: "deployments" },
  replicasets: { group: "apps", version: "v1", resource: "replicasets" },
  statefulsets: { group: "apps", version: "v1", resource: "statefulsets" },
  daemonsets: { group: "apps", version: "v1", resource: "daemonsets" },
  controllerrevisions: { group: "apps", version: "v1", resource: "controllerrevisions" },
  jobs: { group: "batch", version: "v1", resource: "jobs" },
  cronjobs: { group: "batch", version: "v1", resource: "cronjobs" },
  ingresses: { group: "networking.k8s.io", version: "v1", resource: "ingresses" },
  horizontalpodautoscalers: { group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers" },
  endpointslices: { group: "discovery.k8s.io", version: "v1", resource: "endpointslices" },
} as const satisfies Record<string, ResourceRef>;

export type KnownResource = keyof typeof known;

const byKind: Record<string, KnownResource> = {
  Pod: "pods",
  Service: "services",
  Node: "nodes",
  Event: "events",
  Namespace: "namespaces",
  ConfigMap: "configmaps",
  Secret: "secrets",
  PersistentVolumeClaim: "persistentvolumeclaims",
  ServiceAccount: "serviceaccounts",
  Deployment: "deployments",
  ReplicaSet: "replicasets",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
  Job: "jobs",
  CronJob: "cronjobs",
  Ingress: "ingresses",
  HorizontalPodAutoscaler: "horizontalpodautoscalers",
  EndpointSlice: "endpointslices",
};

/** The resource of a kind that views know by heart; others need discovery. */
export function knownKind(apiVersion: string, kind: string): ResourceRef | undefined {
  const ref: ResourceRef | undefined = byKind[kind] && known[byKind[kind]];
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return ref && ref.group === group ? ref : undefined;
}
