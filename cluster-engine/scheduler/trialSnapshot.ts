import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { affinityTerms } from "./affinityTerms.ts";
import { Change } from "./change.ts";
import { zonesInTurn } from "./nodeCache.ts";
import { NodeInfo } from "./nodeInfo.ts";
import { Counts, TermCounts } from "./tallies.ts";
import { topologyOf } from "./topology.ts";
import type { Snapshot, Tally, TallyRequest, TermKind, TermTally, Topology, WhatIf } from "./types.ts";

export interface TrialChanges extends Pick<WhatIf, "pods" | "nodes" | "removedNodes"> {
  /** Pods that leave, and where they are. */
  leaving?: readonly { pod: Pod; nodeName: string }[];
}

/** A snapshot in which some nodes and pods are others. The one below it is left as it is. */
export class TrialSnapshot implements Snapshot {
  readonly nodes: readonly NodeInfo[];
  readonly #base: Snapshot;
  readonly #byName: Map<string, NodeInfo>;
  /** Nodes that differ, and what they were. */
  readonly #changed: { before?: NodeInfo; after?: NodeInfo }[] = [];

  constructor(base: Snapshot, { pods = [], leaving = [], nodes = [], removedNodes = [] }: TrialChanges) {
    this.#base = base;
    this.#byName = new Map(base.nodes.map((info) => [info.name, info]));
    const arriving = byNode(pods.flatMap((pod) => (pod.spec.nodeName ? [{ pod, nodeName: pod.spec.nodeName }] : [])));
    const going = byNode(leaving);
    const replaced = new Map(nodes.map((node) => [node.metadata.name, node]));
    const gone = new Set(removedNodes);
    let slot = base.nodes.reduce((last, info) => Math.max(last, info.slot), -1);
    for (const name of new Set([...arriving.keys(), ...going.keys(), ...replaced.keys(), ...gone])) {
      const before = base.get(name);
      const node = replaced.get(name);
      const change = new Change(arriving.get(name) ?? [], going.get(name) ?? []);
      if (gone.has(name)) this.#change(name, before);
      else if (before) this.#change(name, before, changedInfo(before, node, change));
      else if (node) this.#change(name, undefined, new NodeInfo(node, change.added, ++slot));
    }
    this.nodes = zonesInTurn([...this.#byName.values()]);
  }

  get(name: string): NodeInfo | undefined {
    return this.#byName.get(name);
  }

  tally(request: TallyRequest): Tally {
    const base = this.#base.tally(request);
    const counts = copyOf(base, new Counts(base.of, new Int32Array()));
    this.#eachChangedPod((pod, slot, sign) => counts.add(slot, sign * base.of(pod)));
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
    return [...terms.values()].filter(({ total }) => total > 0);
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

function byNode(placed: readonly { pod: Pod; nodeName: string }[]): Map<string, Pod[]> {
  const nodes = new Map<string, Pod[]>();
  for (const { pod, nodeName } of placed) nodes.set(nodeName, [...(nodes.get(nodeName) ?? []), pod]);
  return nodes;
}

function changedInfo(before: NodeInfo, node: Node | undefined, change: Change): NodeInfo {
  const info = before.with(change);
  if (node) info.node = node;
  return info;
}

function copyOf<C extends Counts>(from: Tally, to: C): C {
  to.counts = from.counts.slice();
  to.total = from.total;
  return to;
}
