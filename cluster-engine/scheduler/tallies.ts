import type { Pod } from "../../shared/kubernetes/types.ts";
import { affinityTerms, type AffinityTerm } from "./affinityTerms.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import type { Tally, TallyRequest, TermKind, TermTally } from "./types.ts";

/** More than one attempt asks for at a time, by far. */
const talliesKept = 1024;

/** Counts per node that grow with the number of nodes. */
export class Counts implements Tally {
  counts: Int32Array;
  total = 0;
  readonly of: (pod: Pod) => number;

  constructor(of: (pod: Pod) => number, counts: Int32Array) {
    this.of = of;
    this.counts = counts;
  }

  add(slot: number, count: number): void {
    if (count === 0) return;
    if (slot >= this.counts.length) {
      const grown = new Int32Array(Math.max(slot + 1, this.counts.length * 2));
      grown.set(this.counts);
      this.counts = grown;
    }
    this.counts[slot]! += count;
    this.total += count;
  }
}

export class TermCounts extends Counts implements TermTally {
  readonly term: AffinityTerm;

  constructor(term: AffinityTerm, counts: Int32Array) {
    super((pod) => countOf(term, pod), counts);
    this.term = term;
  }

  get topologyKey(): string {
    return this.term.topologyKey;
  }

  get weight(): number {
    return this.term.weight;
  }

  matches(pod: Pod, namespaceLabels: Readonly<Record<string, string>> | undefined): boolean {
    return this.term.matches(pod, namespaceLabels);
  }
}

const countOf = (term: AffinityTerm, pod: Pod): number => affinityTerms(pod).reduce((sum, own) => sum + (own.key === term.key ? 1 : 0), 0);

/**
 * What placed pods add up to, node by node, for rules that attempts ask for again and again: a change of one pod costs
 * one look at each rule of its namespace, an attempt costs no look at any pod.
 */
export class Tallies {
  /** By key, the longest unused first. */
  readonly #kept = new Map<string, { namespace: string; counts: Counts }>();
  /** By namespace, "" for rules about all. */
  readonly #byNamespace = new Map<string, Set<Counts>>();
  /** By kind, then by namespace ("" for those about any), then by key. */
  readonly #terms = new Map<TermKind, Map<string, Map<string, TermCounts>>>();
  #slots = 16;

  get(request: TallyRequest, nodes: Iterable<NodeInfo>): Counts {
    const { key, namespace = "" } = request;
    let entry = this.#kept.get(key);
    if (entry) this.#kept.delete(key);
    else entry = { namespace, counts: this.#begin(request, nodes) };
    this.#kept.set(key, entry);
    if (this.#kept.size > talliesKept) this.#forgetOldest();
    return entry.counts;
  }

  *terms(kind: TermKind, namespace: string): Iterable<TermCounts> {
    const ofKind = this.#terms.get(kind);
    yield* ofKind?.get(namespace)?.values() ?? [];
    yield* ofKind?.get("")?.values() ?? [];
  }

  add(pod: Pod, slot: number, sign: 1 | -1): void {
    this.#slots = Math.max(this.#slots, slot + 1);
    for (const counts of this.#byNamespace.get(pod.metadata.namespace) ?? []) counts.add(slot, sign * counts.of(pod));
    for (const counts of this.#byNamespace.get("") ?? []) counts.add(slot, sign * counts.of(pod));
    for (const term of affinityTerms(pod)) this.#addTerm(term, slot, sign);
  }

  #begin({ namespace = "", of }: TallyRequest, nodes: Iterable<NodeInfo>): Counts {
    const ofOwn = namespace === "" ? of : (pod: Pod) => (pod.metadata.namespace === namespace ? of(pod) : 0);
    const counts = new Counts(ofOwn, new Int32Array(this.#slots));
    for (const info of nodes) for (const pod of info.pods.values()) counts.add(info.slot, ofOwn(pod));
    const siblings = this.#byNamespace.get(namespace) ?? new Set();
    this.#byNamespace.set(namespace, siblings.add(counts));
    return counts;
  }

  #forgetOldest(): void {
    const [key, { namespace, counts }] = this.#kept.entries().next().value!;
    this.#kept.delete(key);
    const siblings = this.#byNamespace.get(namespace)!;
    siblings.delete(counts);
    if (siblings.size === 0) this.#byNamespace.delete(namespace);
  }

  #addTerm(term: AffinityTerm, slot: number, sign: 1 | -1): void {
    const ofKind = this.#terms.get(term.kind) ?? new Map<string, Map<string, TermCounts>>();
    this.#terms.set(term.kind, ofKind);
    const namespaces = term.namespaces ?? [""];
    const counts = ofKind.get(namespaces[0]!)?.get(term.key) ?? new TermCounts(term, new Int32Array(this.#slots));
    counts.add(slot, sign);
    for (const namespace of namespaces) {
      const terms = ofKind.get(namespace) ?? new Map<string, TermCounts>();
      if (counts.total > 0) ofKind.set(namespace, terms.set(term.key, counts));
      else if (terms.delete(term.key) && terms.size === 0) ofKind.delete(namespace);
    }
  }
}
