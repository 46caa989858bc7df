import type { Pod, PodAffinityTerm } from "../../../shared/kubernetes/types.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import type { Cycle, Plugin, Verdict } from "../types.ts";
import { maxScore } from "./scores.ts";

/** The labels of a namespace, for terms with a namespaceSelector. */
export type NamespaceLabels = (namespace: string) => Record<string, string> | undefined;

interface Term {
  topologyKey: string;
  matches(pod: Pod): boolean;
}

/** Required and preferred affinity and anti-affinity between pods, of the incoming pod and of those already placed. */
export function interPodAffinity(namespaceLabels: NamespaceLabels): Plugin {
  const compile = (term: PodAffinityTerm, owner: Pod): Term => {
    const matchesLabels = labelSelectorMatcher(term.labelSelector);
    const matchesNamespace = term.namespaceSelector ? labelSelectorMatcher(term.namespaceSelector) : undefined;
    const named = new Set(term.namespaces?.length || matchesNamespace ? term.namespaces : [owner.metadata.namespace]);
    const inNamespace = (namespace: string) => named.has(namespace) || Boolean(matchesNamespace?.(namespaceLabels(namespace)));
    return { topologyKey: term.topologyKey, matches: (pod) => inNamespace(pod.metadata.namespace) && matchesLabels(pod.metadata.labels) };
  };
  return {
    name: "InterPodAffinity",
    weight: 2,
    begin: (cycle) => new Affinity(cycle, compile).run(),
    wakesOn: (event) => event.type !== "nodeUpdated" || JSON.stringify(event.old?.metadata.labels) !== JSON.stringify(event.node.metadata.labels),
  };
}

/** Matching pods per topology `key=value`. */
type Domains = Map<string, number>;

class Affinity {
  readonly #cycle: Cycle;
  readonly #compile: (term: PodAffinityTerm, owner: Pod) => Term;
  readonly #affinity: Term[];
  readonly #antiAffinity: Term[];

  constructor(cycle: Cycle, compile: (term: PodAffinityTerm, owner: Pod) => Term) {
    const { podAffinity, podAntiAffinity } = cycle.pod.spec.affinity ?? {};
    const own = (terms: PodAffinityTerm[] = []) => terms.map((term) => compile(term, cycle.pod));
    this.#cycle = cycle;
    this.#compile = compile;
    this.#affinity = own(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
    this.#antiAffinity = own(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
  }

  run() {
    const repelled = this.#existingAntiAffinity();
    const wanted = this.#affinity.map((term) => this.#domains((pod) => term.matches(pod), term.topologyKey));
    const unwanted = this.#antiAffinity.map((term) => this.#domains((pod) => term.matches(pod), term.topologyKey));
    const weights = this.#preferences();
    const first = wanted.every((domains) => domains.size === 0) && this.#affinity.every((term) => term.matches(this.#cycle.pod));
    return {
      filter: (info: NodeInfo) => this.#verdict(info, { repelled, wanted, unwanted, first }),
      ...(weights.size > 0 && { score: (info: NodeInfo) => sumOver(weights, info), normalize }),
    };
  }

  #verdict(
    info: NodeInfo,
    { repelled, wanted, unwanted, first }: { repelled: Domains; wanted: Domains[]; unwanted: Domains[]; first: boolean },
  ): Verdict | undefined {
    const domain = (term: Term) => domainOf(info, term.topologyKey);
    const labelled = this.#affinity.every((term) => domain(term) !== undefined);
    if (!labelled || (!first && !this.#affinity.every((term, i) => wanted[i]!.has(domain(term)!)))) {
      return { code: "unresolvable", reasons: ["node(s) didn't match pod affinity rules"] };
    }
    if (this.#antiAffinity.some((term, i) => unwanted[i]!.has(domain(term) ?? "")))
      return { code: "unschedulable", reasons: ["node(s) didn't match pod anti-affinity rules"] };
    if (sumOver(repelled, info) > 0) return { code: "unschedulable", reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };
    return undefined;
  }

  #domains(matches: (pod: Pod) => boolean, key: string): Domains {
    const domains: Domains = new Map();
    for (const info of this.#cycle.nodes) {
      const domain = domainOf(info, key);
      if (domain === undefined) continue;
      for (const pod of info.pods.values()) if (matches(pod)) domains.set(domain, (domains.get(domain) ?? 0) + 1);
    }
    return domains;
  }

  /** Domains that placed pods keep the incoming pod away from. */
  #existingAntiAffinity(): Domains {
    return this.#gather((pod) =>
      (pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ({ term, weight: 1 })),
    );
  }

  /** Domains whose pods' terms match the incoming pod, with the terms' weights. */
  #gather(termsOf: (pod: Pod) => { term: PodAffinityTerm; weight: number }[], domains: Domains = new Map()): Domains {
    for (const info of this.#cycle.nodes) {
      for (const pod of info.pods.values()) {
        if (!pod.spec.affinity) continue;
        for (const { term, weight } of termsOf(pod)) {
          const { topologyKey, matches } = this.#compile(term, pod);
          const domain = domainOf(info, topologyKey);
          if (domain !== undefined && matches(this.#cycle.pod)) domains.set(domain, (domains.get(domain) ?? 0) + weight);
        }
      }
    }
    return domains;
  }

  #preferences(): Domains {
    const { podAffinity, podAntiAffinity } = this.#cycle.pod.spec.affinity ?? {};
    const weights = this.#gather((pod) => [
      ...(pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ({ term, weight: 1 })),
      ...(pod.spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm: term, weight }) => ({
        term,
        weight,
      })),
      ...(pod.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm: term, weight }) => ({
        term,
        weight: -weight,
      })),
    ]);
    const own = [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) => ({ podAffinityTerm, weight })),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm, weight }) => ({
        podAffinityTerm,
        weight: -weight,
      })),
    ];
    for (const { podAffinityTerm, weight } of own) {
      const { topologyKey, matches } = this.#compile(podAffinityTerm, this.#cycle.pod);
      for (const [domain, count] of this.#domains(matches, topologyKey)) weights.set(domain, (weights.get(domain) ?? 0) + count * weight);
    }
    return weights;
  }
}

function domainOf({ node }: NodeInfo, key: string): string | undefined {
  const value = node.metadata.labels?.[key];
  return value === undefined ? undefined : `${key}=${value}`;
}

function sumOver(domains: Domains, { node }: NodeInfo): number {
  if (domains.size === 0) return 0;
  return Object.entries(node.metadata.labels ?? {}).reduce((sum, [key, value]) => sum + (domains.get(`${key}=${value}`) ?? 0), 0);
}

function normalize(scores: number[]): number[] {
  const [min, max] = [Math.min(...scores), Math.max(...scores)];
  return scores.map((score) => (max === min ? 0 : Math.floor((maxScore * (score - min)) / (max - min))));
}
