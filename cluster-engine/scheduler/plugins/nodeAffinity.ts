import { isDeepStrictEqual } from "node:util";
import type { NodeAffinity, Pod } from "../../../shared/kubernetes/types.ts";
import type { Plugin, Verdict } from "../types.ts";
import { matchesNodeSelector, matchesPodsSelection, matchesTerm } from "./nodeSelection.ts";
import { normalizeByMax } from "./scores.ts";

const refusal: Verdict = { code: "unresolvable", reasons: ["node(s) didn't match Pod's node affinity/selector"] };
const enforced: Verdict = { code: "unresolvable", reasons: ["node(s) didn't match scheduler-enforced node affinity"] };

export interface NodeAffinityArgs {
  /** Asked of all pods of the profile, on top of what they ask. */
  addedAffinity?: NodeAffinity;
}

/** `spec.nodeSelector` and node affinity, required and preferred. */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const added = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: "NodeAffinity",
    begin({ pod }) {
      const preferred = [...addedPreferred, ...(pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])];
      const required = pod.spec.nodeSelector ?? pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      if (!added && !required && preferred.length === 0) return undefined;
      const names = namesOf(pod);
      if (names?.size === 0) return { refusal: { code: "unresolvable", reasons: ["pod affinity terms conflict"] } };
      return {
        ...(names && { nodeNames: names }),
        filter({ node }) {
          if (added && !matchesNodeSelector(added, node)) return enforced;
          return required && !matchesPodsSelection(pod, node) ? refusal : undefined;
        },
        scoring() {
          if (preferred.length === 0) return undefined;
          return {
            score: ({ node }) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
            normalize: (scores) => normalizeByMax(scores),
          };
        },
      };
    },
    wakesOn(event, pod) {
      if (event.type === "self") return !isDeepStrictEqual(selectionOf(event.pod), selectionOf(event.old));
      if (event.type !== "nodeAdded" && event.type !== "nodeUpdated") return false;
      const matches = (node: typeof event.node) => (!added || matchesNodeSelector(added, node)) && matchesPodsSelection(pod, node);
      return matches(event.node) && (event.type === "nodeAdded" || !matches(event.old));
    },
  };
}

const selectionOf = ({ spec }: Pod): unknown => [spec.nodeSelector, spec.affinity?.nodeAffinity];

/** The nodes that the pod names by field, when each of its terms does (as DaemonSet pods do). */
function namesOf({ spec }: Pod): Set<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  let names: Set<string> | undefined;
  for (const { matchFields = [] } of terms) {
    let own: Set<string> | undefined;
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== "metadata.name" || operator !== "In") continue;
      const before = own;
      own = before ? new Set(values.filter((value) => before.has(value))) : new Set(values);
    }
    if (!own) return undefined;
    names = new Set([...(names ?? []), ...own]);
  }
  return names;
}
