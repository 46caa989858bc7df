import type { ResourceRef } from "../../../../shared/kubernetes/object.ts";
import type { KindView } from "../kindView.ts";
import { events, namespaces, nodes } from "./cluster.ts";
import { claims, configMaps, secrets, volumes } from "./config.ts";
import { ingresses, services } from "./network.ts";
import { pods } from "./pods.ts";
import { cronJobs, daemonSets, deployments, jobs, replicaSets, statefulSets } from "./workloads.ts";

/** Lists with columns of their own, by `resource.group`; all others show what the server prints. */
const views: Record<string, KindView> = {
  pods,
  services,
  nodes,
  events,
  namespaces,
  configmaps: configMaps,
  secrets,
  persistentvolumeclaims: claims,
  persistentvolumes: volumes,
  replicationcontrollers: replicaSets,
  "deployments.apps": deployments,
  "replicasets.apps": replicaSets,
  "statefulsets.apps": statefulSets,
  "daemonsets.apps": daemonSets,
  "jobs.batch": jobs,
  "cronjobs.batch": cronJobs,
  "ingresses.networking.k8s.io": ingresses,
};

export const kindViewOf = ({ group, resource }: ResourceRef): KindView | undefined => views[group ? `${resource}.${group}` : resource];
