import type { ApiResource, ClusterSummary, ObjectRef } from "./contract.ts";

// `wherry://CLUSTER/NAMESPACE/KIND/NAME?tab=logs`: an object of a cluster, as text that other programs can hold.
// `-` stands for the namespace of what has none. KIND is a kind or resource, with its group after a dot where that is needed.

export interface DeepLink {
  /** The cluster's name: `wherry`, or a context. */
  cluster: string;
  namespace?: string;
  /** `deployments`, `Deployment`, `deployments.apps`. */
  kind: string;
  name: string;
  tab?: string;
}

/** Reads a link. @throws Error that says what is wrong with it */
export function parseDeepLink(text: string): DeepLink {
  const bad = (what: string) => new Error(`the link ${what}: a link is wherry://CLUSTER/NAMESPACE/KIND/NAME`);
  // A cluster's name keeps its case and signs, which the host part of a URL would not.
  const match = /^wherry:\/\/([^?#]+)(?:\?([^#]*))?$/.exec(text.trim());
  if (!match) throw bad("does not begin with wherry://");
  let parts: string[];
  try {
    parts = match[1]!.replace(/\/$/, "").split("/").map(decodeURIComponent);
  } catch {
    throw bad("has a % that encodes nothing");
  }
  const [cluster, namespace, kind, name] = parts;
  if (parts.length !== 4) throw bad(`has ${parts.length} parts, not 4`);
  if (!cluster || !namespace || !kind || !name) throw bad("has an empty part");
  const tab = new URLSearchParams(match[2]).get("tab");
  return { cluster, kind, name, ...(namespace === "-" ? {} : { namespace }), ...(tab ? { tab } : {}) };
}

export function formatDeepLink({ cluster, namespace = "-", kind, name, tab }: DeepLink): string {
  const path = [cluster, namespace, kind, name].map(encodeURIComponent).join("/");
  return `wherry://${path}${tab ? `?tab=${encodeURIComponent(tab)}` : ""}`;
}

/** By id, by name, and at last by a name that differs in case alone: programs may write the host of a link in lower case. */
export const clusterOfLink = ({ cluster }: DeepLink, clusters: readonly ClusterSummary[]): ClusterSummary | undefined =>
  clusters.find(({ id }) => id === cluster) ??
  clusters.find(({ name }) => name === cluster) ??
  clusters.find(({ name }) => name.toLowerCase() === cluster.toLowerCase());

/** The object that a link names, by what the cluster's discovery offers; undefined when it has no such kind. */
export function objectOfLink({ kind, namespace, name }: DeepLink, resources: readonly ApiResource[]): ObjectRef | undefined {
  const [word = "", ...group] = kind.toLowerCase().split(".");
  const named = resources.filter((each) => each.resource === word || each.kind.toLowerCase() === word || each.shortNames.includes(word));
  const found = group.length > 0 ? named.find((each) => each.group === group.join(".")) : named[0];
  if (!found || found.namespaced !== (namespace !== undefined)) return undefined;
  return { group: found.group, version: found.version, resource: found.resource, name, ...(namespace ? { namespace } : {}) };
}
