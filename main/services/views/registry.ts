import { claims, configMaps, namespaces, secrets, volumes } from "./kinds/config.ts";
import { events } from "./kinds/events.ts";
import { ingresses, services } from "./kinds/network.ts";
import { nodes } from "./kinds/nodes.ts";
import { pods } from "./kinds/pods.ts";
import { cronJobs, daemonSets, deployments, jobs, replicaSets, statefulSets } from "./kinds/workloads.ts";
import type { KindView } from "./kindView.ts";

/** The lists that are more than the server's columns, by `resource.group`. */
const lists: Record<string, KindView | ((local: boolean) => KindView)> = {
  "pods.": pods,
  "deployments.apps": deployments,
  "replicasets.apps": replicaSets,
  "replicationcontrollers.": replicaSets,
  "statefulsets.apps": statefulSets,
  "daemonsets.apps": daemonSets,
  "jobs.batch": jobs,
  "cronjobs.batch": cronJobs,
  "services.": services,
  "ingresses.networking.k8s.io": ingresses,
  "nodes.": nodes,
  "events.": events,
  "configmaps.": configMaps,
  "secrets.": secrets,
  "namespaces.": namespaces,
  "persistentvolumeclaims.": claims,
  "persistentvolumes.": volumes,
};

/** The list of a resource; undefined for kinds that show the server's own columns. */
export function kindView(resource: { group: string; resource: string }, local: boolean): KindView | undefined {
  const found = lists[`${resource.resource}.${resource.group}`];
  return typeof found === "function" ? found(local) : found;
}
