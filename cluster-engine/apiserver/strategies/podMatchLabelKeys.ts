import type { LabelSelector, Pod, PodAffinityTerm } from "../../../shared/kubernetes/types.ts";

/** Adds to each affinity term and spread constraint the pod's own values of the labels that matchLabelKeys names (KEP-3633, KEP-3243). */
export function mergeMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {};
  for (const affinity of [pod.spec?.affinity?.podAffinity, pod.spec?.affinity?.podAntiAffinity]) {
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term) => mergeTerm(term, labels));
    affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach((weighted) => mergeTerm(weighted.podAffinityTerm, labels));
  }
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) mergeKeys(constraint.labelSelector, constraint.matchLabelKeys, "In", labels);
}

function mergeTerm(term: PodAffinityTerm, labels: Record<string, string>): void {
  mergeKeys(term.labelSelector, term.matchLabelKeys, "In", labels);
  mergeKeys(term.labelSelector, term.mismatchLabelKeys, "NotIn", labels);
}

function mergeKeys(selector: LabelSelector | undefined, keys: string[] | undefined, operator: "In" | "NotIn", labels: Record<string, string>): void {
  if (!selector || !keys) return;
  for (const key of keys) {
    const value = labels[key];
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
  }
}
