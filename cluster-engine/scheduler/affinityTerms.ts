import type { Pod, PodAffinityTerm } from "../../shared/kubernetes/types.ts";
import { labelSelectorMatcher } from "../api/selectors.ts";
import type { TermKind } from "./types.ts";

export type Labels = Readonly<Record<string, string>>;

/** A term as its owner has it. */
export interface AffinityTerm {
  /** Equal for terms that mean the same. */
  key: string;
  kind: TermKind;
  topologyKey: string;
  /** 1 for required terms. */
  weight: number;
  /** The only namespaces that it is about; undefined when labels of namespaces tell. */
  namespaces: readonly string[] | undefined;
  /** `namespaceLabels` are those of the pod's namespace. */
  matches(pod: Pod, namespaceLabels: Labels | undefined): boolean;
}

const known = new WeakMap<Pod, readonly AffinityTerm[]>();
const none: readonly AffinityTerm[] = [];
const compiled = new Map<string, AffinityTerm>();
const compiledLimit = 10_000;

/** All terms of a pod, required and preferred. */
export function affinityTerms(pod: Pod): readonly AffinityTerm[] {
  if (!pod.spec.affinity?.podAffinity && !pod.spec.affinity?.podAntiAffinity) return none;
  let terms = known.get(pod);
  if (!terms) known.set(pod, (terms = compileAll(pod)));
  return terms;
}

export const termsOfKind = (pod: Pod, kind: TermKind): readonly AffinityTerm[] => affinityTerms(pod).filter((term) => term.kind === kind);

function compileAll(pod: Pod): AffinityTerm[] {
  const { podAffinity = {}, podAntiAffinity = {} } = pod.spec.affinity!;
  const required = (kind: TermKind, terms: PodAffinityTerm[] = []) => terms.map((term) => compile(pod, kind, term, 1));
  return [
    ...required("requiredAffinity", podAffinity.requiredDuringSchedulingIgnoredDuringExecution),
    ...required("requiredAntiAffinity", podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution),
    ...(podAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) =>
      compile(pod, "preferredAffinity", podAffinityTerm, weight),
    ),
    ...(podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) =>
      compile(pod, "preferredAntiAffinity", podAffinityTerm, weight),
    ),
  ];
}

function compile(owner: Pod, kind: TermKind, term: PodAffinityTerm, weight: number): AffinityTerm {
  const namespaces = term.namespaces?.length || term.namespaceSelector ? (term.namespaces ?? []) : [owner.metadata.namespace];
  const key = JSON.stringify([kind, weight, term.topologyKey, namespaces, term.namespaceSelector, term.labelSelector]);
  const before = compiled.get(key);
  if (before) return before;
  const matchesLabels = labelSelectorMatcher(term.labelSelector);
  const matchesNamespace = term.namespaceSelector ? labelSelectorMatcher(term.namespaceSelector) : () => false;
  const made: AffinityTerm = {
    key,
    kind,
    topologyKey: term.topologyKey,
    weight,
    namespaces: term.namespaceSelector ? undefined : namespaces,
    matches: ({ metadata: { namespace, labels } }, namespaceLabels) =>
      (namespaces.includes(namespace) || matchesNamespace(namespaceLabels)) && matchesLabels(labels),
  };
  if (compiled.size >= compiledLimit) compiled.clear();
  compiled.set(key, made);
  return made;
}
