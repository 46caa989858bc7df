import { isDeepStrictEqual } from "node:util";
import type { Namespace, Pod } from "../../../shared/kubernetes/types.ts";
import { type AffinityTerm, affinityTerms, type Labels, termsOfKind } from "../affinityTerms.ts";
import type { NodeInfo } from "../nodeInfo.ts";
import { sumByDomain } from "../topology.ts";
import type { Change } from "../change.ts";
import type { ClusterEvent, Cycle, Plugin, PluginRun, Scoring, Topology, Verdict } from "../types.ts";
import { maxScore } from "./scores.ts";

export interface InterPodAffinityArgs {
  /** What a pod's required affinity to the incoming one counts in scores, 0…100. */
  hardPodAffinityWeight?: number;
  ignorePreferredTermsOfExistingPods?: boolean;
}

/** Namespaces, for terms that choose them by label. */
export interface NamespaceSource {
  get(name: string): Namespace | undefined;
  /** Counts up when a namespace comes, goes or gets other labels. */
  readonly generation: number;
}

const apart: Verdict = { code: "unresolvable", reasons: ["node(s) didn't match pod affinity rules"] };
const disliked: Verdict = { code: "unschedulable", reasons: ["node(s) didn't match pod anti-affinity rules"] };
const repelled: Verdict = { code: "unschedulable", reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };

/** Pods that count in the domains of a topology. */
interface Crowd {
  topology: Topology;
  sums: Float64Array;
  of(pod: Pod): number;
}

/** Required and preferred affinity and anti-affinity between pods, of the incoming pod and of those already placed. */
export function interPodAffinity(args: InterPodAffinityArgs, namespaces: NamespaceSource): Plugin {
  return {
    name: "InterPodAffinity",
    begin: (cycle) => new AffinityRun(cycle, args, namespaces),
    wakesOn: (event, pod) => mayHelp(event, pod, (name) => namespaces.get(name)?.metadata.labels),
  };
}

class AffinityRun implements PluginRun {
  readonly #cycle: Cycle;
  readonly #args: InterPodAffinityArgs;
  readonly #namespaces: NamespaceSource;
  readonly #wanted: Crowd[];
  readonly #unwanted: Crowd[];
  readonly #repelling: Crowd[];
  readonly #firstOfItsKind: boolean;
  readonly filter: PluginRun["filter"];

  constructor(cycle: Cycle, args: InterPodAffinityArgs, namespaces: NamespaceSource) {
    const { pod, snapshot } = cycle;
    this.#cycle = cycle;
    this.#args = args;
    this.#namespaces = namespaces;
    const required = termsOfKind(pod, "requiredAffinity");
    // A pod counts only where it matches all terms.
    this.#wanted = required.map((term) => this.#crowd(required, term.topologyKey));
    this.#unwanted = termsOfKind(pod, "requiredAntiAffinity").map((term) => this.#crowd([term], term.topologyKey));
    this.#repelling = [];
    for (const tally of snapshot.terms("requiredAntiAffinity", pod.metadata.namespace)) {
      if (!tally.matches(pod, this.#labelsOf(pod))) continue;
      const topology = snapshot.topology(tally.topologyKey);
      this.#repelling.push({ topology, sums: sumByDomain(tally, topology, snapshot.nodes), of: tally.of });
    }
    this.#firstOfItsKind =
      this.#wanted.every(({ sums }) => sums.every((sum) => sum === 0)) && required.every((term) => term.matches(pod, this.#labelsOf(pod)));
    this.filter = (node, change) => this.#verdict(node, change);
  }

  scoring(): Scoring | undefined {
    const byTopology = new Map<Topology, Float64Array>();
    const add = ({ topology, sums }: Pick<Crowd, "topology" | "sums">, weight: number) => {
      const scores = byTopology.get(topology) ?? new Float64Array(topology.size);
      byTopology.set(topology, scores);
      for (let i = 0; i < sums.length; i++) scores[i]! += weight * sums[i]!;
    };
    const { pod, snapshot } = this.#cycle;
    const own = affinityTerms(pod).filter(({ kind }) => kind === "preferredAffinity" || kind === "preferredAntiAffinity");
    if (own.length === 0 && this.#args.ignorePreferredTermsOfExistingPods) return undefined;
    for (const term of own) add(this.#crowd([term], term.topologyKey), term.kind === "preferredAffinity" ? term.weight : -term.weight);
    const hard = this.#args.hardPodAffinityWeight ?? 1;
    for (const [kind, factor] of [
      ["requiredAffinity", hard],
      ["preferredAffinity", 1],
      ["preferredAntiAffinity", -1],
    ] as const) {
      if (factor === 0) continue;
      for (const tally of snapshot.terms(kind, pod.metadata.namespace)) {
        if (!tally.matches(pod, this.#labelsOf(pod))) continue;
        const topology = snapshot.topology(tally.topologyKey);
        add({ topology, sums: sumByDomain(tally, topology, snapshot.nodes) }, factor * tally.weight);
      }
    }
    const parts = [...byTopology].filter(([, scores]) => scores.some((score) => score !== 0));
    if (parts.length === 0) return undefined;
    const score = (node: NodeInfo) => parts.reduce((sum, [topology, scores]) => sum + (scores[topology.domainOf(node)] ?? 0), 0);
    return { score, normalize };
  }

  #verdict(node: NodeInfo, change?: Change): Verdict | undefined {
    for (const { topology } of this.#wanted) if (topology.domainOf(node) < 0) return apart;
    if (!this.#firstOfItsKind) for (const crowd of this.#wanted) if (present(crowd, node, change) <= 0) return apart;
    for (const crowd of this.#unwanted) if (present(crowd, node, change) > 0) return disliked;
    for (const crowd of this.#repelling) if (present(crowd, node, change) > 0) return repelled;
    return change && this.#repelledBy(node, change.added) ? repelled : undefined;
  }

  #repelledBy(node: NodeInfo, guests: readonly Pod[]): boolean {
    const { pod } = this.#cycle;
    return guests.some((guest) =>
      termsOfKind(guest, "requiredAntiAffinity").some(
        (term) => node.node.metadata.labels?.[term.topologyKey] !== undefined && term.matches(pod, this.#labelsOf(pod)),
      ),
    );
  }

  #crowd(terms: readonly AffinityTerm[], topologyKey: string): Crowd {
    const { snapshot } = this.#cycle;
    const open = terms.some((term) => !term.namespaces);
    const key = `affinity ${open ? this.#namespaces.generation : ""} ${terms.map((term) => term.key).join()}`;
    const single = terms.every((term) => term.namespaces?.length === 1 && term.namespaces[0] === terms[0]!.namespaces?.[0]);
    const of = (pod: Pod) => (terms.every((term) => term.matches(pod, open ? this.#labelsOf(pod) : undefined)) ? 1 : 0);
    const tally = snapshot.tally({ key, ...(single && { namespace: terms[0]!.namespaces![0] }), of });
    const topology = snapshot.topology(topologyKey);
    return { topology, sums: sumByDomain(tally, topology, snapshot.nodes), of: tally.of };
  }

  #labelsOf({ metadata: { namespace } }: Pod): Labels | undefined {
    return this.#namespaces.get(namespace)?.metadata.labels;
  }
}

/** How many are in the node's domain. */
function present({ topology, sums, of }: Crowd, node: NodeInfo, change?: Change): number {
  const domain = topology.domainOf(node);
  if (domain < 0) return 0;
  return change ? sums[domain]! + change.difference(of) : sums[domain]!;
}

function normalize(scores: number[]): number[] {
  let [min, max] = [Infinity, -Infinity];
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  return scores.map((score) => (max === min ? 0 : Math.floor((maxScore * (score - min)) / (max - min))));
}

function mayHelp(event: ClusterEvent, pod: Pod, labelsOf: (namespace: string) => Labels | undefined): boolean {
  const matchesAll = (terms: readonly AffinityTerm[], other: Pod) =>
    terms.length > 0 && terms.every((term) => term.matches(other, labelsOf(other.metadata.namespace)));
  const wanted = termsOfKind(pod, "requiredAffinity");
  const unwanted = termsOfKind(pod, "requiredAntiAffinity");
  switch (event.type) {
    case "self":
      return !isDeepStrictEqual(event.pod.metadata.labels, event.old.metadata.labels);
    case "podBound":
      return matchesAll(wanted, event.pod);
    case "podUpdated":
      return (
        (!matchesAll(wanted, event.old) && matchesAll(wanted, event.pod)) || (matchesAll(unwanted, event.old) && !matchesAll(unwanted, event.pod))
      );
    case "podDeleted":
      return matchesAll(unwanted, event.pod) || termsOfKind(event.pod, "requiredAntiAffinity").some((term) => matchesAll([term], pod));
    case "nodeAdded":
      return unwanted.length > 0 || wanted.some(({ topologyKey }) => event.node.metadata.labels?.[topologyKey] !== undefined) || wanted.length === 0;
    case "nodeUpdated":
      return [...wanted, ...unwanted].some(
        ({ topologyKey }) => event.node.metadata.labels?.[topologyKey] !== event.old.metadata.labels?.[topologyKey],
      );
    default:
      return false;
  }
}
