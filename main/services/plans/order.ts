/** Kinds that others need, in the order in which they are applied; unknown kinds come last. */
const ranks: readonly (readonly string[])[] = [
  ["Namespace"],
  ["CustomResourceDefinition"],
  ["PriorityClass", "StorageClass", "RuntimeClass", "IngressClass"],
  ["ServiceAccount", "Role", "ClusterRole"],
  ["RoleBinding", "ClusterRoleBinding"],
  ["ResourceQuota", "LimitRange", "NetworkPolicy", "PodDisruptionBudget"],
  ["Secret", "ConfigMap"],
  ["PersistentVolume"],
  ["PersistentVolumeClaim"],
  ["Service", "Endpoints", "EndpointSlice"],
  ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod", "Job", "CronJob"],
  ["HorizontalPodAutoscaler", "Ingress"],
];

const rankOf = new Map(ranks.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)));

/** Sorts by dependency; equals stay as they were written. */
export const inApplyOrder = <T extends { kind: string }>(items: T[]): T[] =>
  items
    .map((item, index) => ({ item, index, rank: rankOf.get(item.kind) ?? ranks.length }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
