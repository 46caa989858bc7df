import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { NodeInfo } from "./nodeInfo.ts";
import { Tallies } from "./tallies.ts";
import { topologyOf } from "./topology.ts";
import type { Snapshot, Tally, TallyRequest, TermKind, TermTally, Topology } from "./types.ts";

/**
 * Nodes and the pods on them, those included whose binding is under way. It is kept up to date in place, change by
 * change; an attempt reads it in one turn of the event loop, so that nothing moves under it.
 */
export class NodeCache implements Snapshot {
  readonly #infos = new Map<string, NodeInfo>();
  /** Pods of nodes that are not known (yet). */
  readonly #homeless = new Map<string, Map<string, Pod>>();
  readonly #placed = new Map<string, { pod: Pod; nodeName: string }>();
  readonly #tallies = new Tallies();
  /** By label, until labels of nodes change. */
  readonly #topologies = new Map<string, Topology>();
  readonly #freeSlots: number[] = [];
  #slots = 0;
  #order: readonly NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    return (this.#order ??= zonesInTurn([...this.#infos.values()]));
  }

  get(name: string): NodeInfo | undefined {
    return this.#infos.get(name);
  }

  tally(request: TallyRequest): Tally {
    return this.#tallies.get(request, this.#infos.values());
  }

  terms(kind: TermKind, namespace: string): Iterable<TermTally> {
    return this.#tallies.terms(kind, namespace);
  }

  topology(key: string): Topology {
    let topology = this.#topologies.get(key);
    if (!topology) this.#topologies.set(key, (topology = topologyOf(key, this.#infos.values())));
    return topology;
  }

  /** The node that a pod has, or soon will have. */
  nodeOf({ metadata: { uid } }: Pod): string | undefined {
    return this.#placed.get(uid)?.nodeName;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const known = this.#infos.get(name);
    if (known) {
      if (!sameLabels(known.node, node)) this.#regroup();
      known.node = node;
      return;
    }
    const info = new NodeInfo(node, [], this.#freeSlots.pop() ?? this.#slots++);
    this.#infos.set(name, info);
    this.#regroup();
    const waiting = this.#homeless.get(name);
    this.#homeless.delete(name);
    for (const pod of waiting?.values() ?? []) this.#settle(info, pod);
  }

  removeNode(name: string): void {
    const info = this.#infos.get(name);
    if (!info) return;
    const pods = new Map(info.pods);
    for (const pod of pods.values()) this.#unsettle(info, pod);
    if (pods.size > 0) this.#homeless.set(name, pods);
    this.#infos.delete(name);
    this.#freeSlots.push(info.slot);
    this.#regroup();
  }

  /** Counts a pod on the node that it names, or on `nodeName` while its binding is under way. */
  setPod(pod: Pod, nodeName = pod.spec.nodeName!): void {
    this.removePod(pod);
    this.#placed.set(pod.metadata.uid, { pod, nodeName });
    const info = this.#infos.get(nodeName);
    if (info) return this.#settle(info, pod);
    const homeless = this.#homeless.get(nodeName) ?? new Map<string, Pod>();
    this.#homeless.set(nodeName, homeless.set(pod.metadata.uid, pod));
  }

  removePod({ metadata: { uid } }: Pod): void {
    const known = this.#placed.get(uid);
    if (!known) return;
    this.#placed.delete(uid);
    const info = this.#infos.get(known.nodeName);
    if (info) return this.#unsettle(info, known.pod);
    const homeless = this.#homeless.get(known.nodeName);
    homeless?.delete(uid);
    if (homeless?.size === 0) this.#homeless.delete(known.nodeName);
  }

  has(pod: Pod): boolean {
    return this.#placed.has(pod.metadata.uid);
  }

  #regroup(): void {
    this.#order = undefined;
    this.#topologies.clear();
  }

  #settle(info: NodeInfo, pod: Pod): void {
    info.add(pod);
    this.#tallies.add(pod, info.slot, 1);
  }

  #unsettle(info: NodeInfo, pod: Pod): void {
    info.remove(pod);
    this.#tallies.add(pod, info.slot, -1);
  }
}

const sameLabels = (a: Node, b: Node): boolean => {
  const [before, after] = [a.metadata.labels ?? {}, b.metadata.labels ?? {}];
  const keys = Object.keys(after);
  return keys.length === Object.keys(before).length && keys.every((key) => before[key] === after[key]);
};

const zoneOf = ({ metadata: { labels = {} } }: Node): string => `${labels["topology.kubernetes.io/region"]}/${labels["topology.kubernetes.io/zone"]}`;

/** One node of each zone, then the next of each: a search that ends early has looked into all zones. */
export function zonesInTurn(infos: readonly NodeInfo[]): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const info of infos) {
    const zone = zones.get(zoneOf(info.node));
    if (zone) zone.push(info);
    else zones.set(zoneOf(info.node), [info]);
  }
  if (zones.size < 2) return [...infos];
  const ordered: NodeInfo[] = [];
  for (let i = 0; ordered.length < infos.length; i++)
    for (const zone of zones.values()) {
      const info = zone[i];
      if (info) ordered.push(info);
    }
  return ordered;
}
