import type { ApiResource, ResourceRef } from "../../shared/contract.ts";
import { builtIn, resourceKey } from "../data/references.ts";

export interface SidebarSection {
  id: "cluster" | "workloads" | "network" | "config" | "storage" | "access" | "other" | "custom";
  resources: ResourceRef[];
}

const fixed: SidebarSection[] = [
  { id: "cluster", resources: [builtIn("", "nodes"), builtIn("", "namespaces"), builtIn("", "events")] },
  {
    id: "workloads",
    resources: [
      builtIn("", "pods"),
      builtIn("apps", "deployments"),
      builtIn("apps", "replicasets"),
      builtIn("apps", "statefulsets"),
      builtIn("apps", "daemonsets"),
      builtIn("batch", "jobs"),
      builtIn("batch", "cronjobs"),
    ],
  },
  {
    id: "network",
    resources: [
      builtIn("", "services"),
      builtIn("discovery.k8s.io", "endpointslices"),
      builtIn("networking.k8s.io", "ingresses"),
      builtIn("networking.k8s.io", "networkpolicies"),
    ],
  },
  { id: "config", resources: [builtIn("", "configmaps"), builtIn("", "secrets"), builtIn("", "resourcequotas"), builtIn("", "limitranges")] },
  {
    id: "storage",
    resources: [builtIn("", "persistentvolumeclaims"), builtIn("", "persistentvolumes"), builtIn("storage.k8s.io", "storageclasses")],
  },
  {
    id: "access",
    resources: [
      builtIn("", "serviceaccounts"),
      builtIn("rbac.authorization.k8s.io", "roles"),
      builtIn("rbac.authorization.k8s.io", "rolebindings"),
      builtIn("rbac.authorization.k8s.io", "clusterroles"),
      builtIn("rbac.authorization.k8s.io", "clusterrolebindings"),
    ],
  },
];

/** Groups that Kubernetes itself serves; what else ends with a dot name is custom. */
const isCustom = (group: string): boolean => group.includes(".") && !group.endsWith(".k8s.io");

/** Lists live by watch: what can't be watched has none. */
const listable = ({ verbs, resource }: ApiResource): boolean => verbs.includes("list") && verbs.includes("watch") && !resource.includes("/");

/** Kinds by section. Before discovery answered: the fixed ones; then only what the cluster offers, and all of it. */
export function sidebarSections(resources: readonly ApiResource[]): SidebarSection[] {
  if (resources.length === 0) return fixed;
  const offered = resources.filter(listable);
  const byName = new Map(offered.map((resource) => [`${resource.group}/${resource.resource}`, resource]));
  const placed = new Set<string>();
  const sections = fixed.map((section): SidebarSection => ({
    id: section.id,
    resources: section.resources.flatMap((ref) => {
      const found = byName.get(`${ref.group}/${ref.resource}`);
      if (found) placed.add(resourceKey(found));
      return found ? [found] : [];
    }),
  }));
  // Events are offered twice; the core group's are the ones shown.
  const rest = offered.filter(
    (resource) => !placed.has(resourceKey(resource)) && !(resource.group === "events.k8s.io" && resource.resource === "events"),
  );
  const sorted = rest.toSorted((a, b) => a.kind.localeCompare(b.kind));
  sections.push({ id: "other", resources: sorted.filter((resource) => !isCustom(resource.group)) });
  sections.push({ id: "custom", resources: sorted.filter((resource) => isCustom(resource.group)) });
  return sections.filter((section) => section.resources.length > 0);
}
