import type { NamespaceCondition } from "../../../shared/kubernetes/types.ts";
import { findCondition } from "../conditions.ts";

/** What keeps a namespace from going, as found in one run. */
export interface Remains {
  /** Why resources could not be found. */
  discoveryError?: string;
  deletionErrors: string[];
  /** `configmaps.` to the number of objects left. */
  resources: Map<string, number>;
  finalizers: Map<string, number>;
}

const fine: [type: string, reason: string, message: string][] = [
  ["NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"],
  ["NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"],
  ["NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
  ["NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"],
  ["NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"],
];

const listed = (counts: Map<string, number>, text: (name: string, count: number) => string): string =>
  [...counts]
    .map(([name, count]) => text(name, count))
    .sort()
    .join(", ");

/** The conditions of a terminating namespace; a transition time is kept while the status is. */
export function namespaceConditions(current: NamespaceCondition[] = [], remains: Remains, stamp: string): NamespaceCondition[] {
  const problems = problemsOf(remains);
  return fine.map(([type, reason, message]) => {
    const problem = problems.get(type);
    const next = problem ? { type, status: "True", ...problem } : { type, status: "False", reason, message };
    const old = findCondition(current, type);
    return { ...next, lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : stamp };
  });
}

function problemsOf({ discoveryError, deletionErrors, resources, finalizers }: Remains): Map<string, { reason: string; message: string }> {
  const problems = new Map<string, { reason: string; message: string }>();
  if (discoveryError !== undefined) problems.set("NamespaceDeletionDiscoveryFailure", { reason: "DiscoveryFailed", message: discoveryError });
  if (deletionErrors.length > 0) {
    const message = `Failed to delete all resource types, ${deletionErrors.length} remaining: ${[...deletionErrors].sort().join(", ")}`;
    problems.set("NamespaceDeletionContentFailure", { reason: "ContentDeletionFailed", message });
  }
  if (resources.size > 0) {
    const message = `Some resources are remaining: ${listed(resources, (name, count) => `${name} has ${count} resource instances`)}`;
    problems.set("NamespaceContentRemaining", { reason: "SomeResourcesRemain", message });
  }
  if (finalizers.size > 0) {
    const message = `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, count) => `${name} in ${count} resource instances`)}`;
    problems.set("NamespaceFinalizersRemaining", { reason: "SomeFinalizersRemain", message });
  }
  return problems;
}
