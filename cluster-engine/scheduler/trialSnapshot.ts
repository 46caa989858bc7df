import { keyOf } from "../../shared/kubernetes/object.ts";
import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { affinityTerms } from "./affinityTerms.ts";
import { zonesInTurn } from "./nodeCache.ts";
import { NodeInfo } from "./nodeInfo.ts";
import { Counts, TermCounts } from "./tallies.ts";
import { topologyOf } from "./topology.ts";
import type { Snapshot, Tally, TallyRequest, TermKind, TermTally, Topology, WhatIf } from "./types.ts";

type Changes = Pick<WhatIf, "pods" | "removedPods" | "nodes" | "removedNodes">;

/** A snapshot in which some nodes and pods are others. The one below it is left as it is. */
export class TrialSnapshot implements Snapshot {
  readonly nodes: readonly NodeInfo[];
  readonly #base: Snapshot;
  readonly #byName: Map<string, NodeInfo>;
  /** Nodes that differ, and what they were. */
  readonly #changed: { before?: NodeInfo; after?: NodeInfo }[] = [];

  constructor(base: Snapshot, { pods = [], removedPods = [], nodes = [], removedNodes = [] }: Changes) {
    this.#base = base;
    this.#byName = new Map(base.nodes.map((info) => [info.name, info]));
    const leaving = new Set([...removedPods, ...pods.map(({ metadata }) => metadata)].map(keyOf));
    const arriving = new Map<string, Pod[]>();
    for (const pod of pods) if (pod.spec.nodeName) arriving.set(pod.spec.nodeName, [...(arriving.get(pod.spec.nodeName) ?? []), pod]);
    const replaced = new Map(nodes.map((node) => [node.metadata.name, node]));
    let slot = Math.max(-1, ...base.nodes.map((info) => info.slot));
    for (const before of base.nodes) {
      const gone = removedNodes.includes(before.name);
      const removed = [...before.pods.values()].filter((pod) => leaving.has(keyOf(pod.metadata)));
      const added = arriving.get(before.name) ?? [];
      const node = replaced.get(before.name);
      if (gone) this.#change(before.name, before);
      else if (node || removed.length + added.length > 0) this.#change(before.name, before, changedInfo(before, node, { added, removed }));
      replaced.delete(before.name);
    }
    for (const [name, node] of replaced)
      if (!removedNodes.includes(name)) this.#change(name, undefined, new NodeInfo(node, arriving.get(name) ?? [], ++slot));
    this.nodes = zonesInTurn([...this.#byName.values()]);
  }

  get(name: string): NodeInfo | undefined {
    return this.#byName.get(name);
  }

  tally(request: TallyRequest): Tally {
    const base = this.#base.tally(request);
    const counts = copyOf(base, new Counts(base.of, new Int32Array()));
    const count = (pod: Pod) => (request.namespace && request.namespace !== pod.metadata.namespace ? 0 : base.of(pod));
    this.#eachChangedPod((pod, slot, sign) => counts.add(slot, sign * count(pod)));
    return counts;
  }

  topology(key: string): Topology {
    return topologyOf(key, this.nodes);
  }

  terms(kind: TermKind, namespace: string): Iterable<TermTally> {
    const terms = new Map<string, TermCounts>();
    for (const base of this.#base.terms(kind, namespace)) {
      const { term } = base as TermCounts;
      terms.set(term.key, copyOf(base, new TermCounts(term, new Int32Array())));
    }
    this.#eachChangedPod((pod, slot, sign) => {
      for (const term of affinityTerms(pod)) {
        if (term.kind !== kind || !(term.namespaces?.includes(namespace) ?? true)) continue;
        const counts = terms.get(term.key) ?? new TermCounts(term, new Int32Array(1));
        terms.set(term.key, counts);
        counts.add(slot, sign);
      }
    });
    return terms.values();
  }

  #change(name: string, before?: NodeInfo, after?: NodeInfo): void {
    this.#changed.push({ before, after });
    if (after) this.#byName.set(name, after);
    else this.#byName.delete(name);
  }

  #eachChangedPod(tell: (pod: Pod, slot: number, sign: 1 | -1) => void): void {
    for (const { before, after } of this.#changed) {
      for (const pod of before?.pods.values() ?? []) tell(pod, before!.slot, -1);
      for (const pod of after?.pods.values() ?? []) tell(pod, after!.slot, 1);
    }
  }
}

function changedInfo(before: NodeInfo, node: Node | undefined, change: { added: Pod[]; removed: Pod[] }): NodeInfo {
  const info = before.with(change);
  if (node) info.node = node;
  return info;
}

function copyOf<C extends Counts>(from: Tally, to: C): C {
  to.counts = from.counts.slice();
  to.total = from.total;
  return to;
}
