import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { NodeInfo } from "./nodeInfo.ts";

/** Nodes and the pods on them, those included whose binding is under way. NodeInfos are rebuilt only when they changed. */
export class NodeCache {
  readonly #nodes = new Map<string, Node>();
  readonly #pods = new Map<string, Map<string, Pod>>();
  readonly #placed = new Map<string, string>();
  readonly #infos = new Map<string, NodeInfo>();
  #snapshot: readonly NodeInfo[] | undefined;

  /** All nodes in order of name; the same array until something changes. */
  snapshot(): readonly NodeInfo[] {
    return (this.#snapshot ??= [...this.#nodes.keys()].sort().map((name) => this.#info(name)));
  }

  setNode(node: Node): void {
    this.#nodes.set(node.metadata.name, node);
    this.#changed(node.metadata.name);
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.#changed(name);
  }

  /** Counts a pod on the node that it names, or on `nodeName` while its binding is under way. */
  setPod(pod: Pod, nodeName = pod.spec.nodeName!): void {
    const before = this.#placed.get(pod.metadata.uid);
    if (before && before !== nodeName) this.removePod(pod);
    const pods = this.#pods.get(nodeName) ?? new Map<string, Pod>();
    this.#pods.set(nodeName, pods.set(pod.metadata.uid, pod));
    this.#placed.set(pod.metadata.uid, nodeName);
    this.#changed(nodeName);
  }

  removePod(pod: Pod): void {
    const nodeName = this.#placed.get(pod.metadata.uid);
    if (nodeName === undefined) return;
    this.#placed.delete(pod.metadata.uid);
    this.#pods.get(nodeName)?.delete(pod.metadata.uid);
    this.#changed(nodeName);
  }

  has(pod: Pod): boolean {
    return this.#placed.has(pod.metadata.uid);
  }

  #info(name: string): NodeInfo {
    let info = this.#infos.get(name);
    if (!info) this.#infos.set(name, (info = new NodeInfo(this.#nodes.get(name)!, this.#pods.get(name)?.values() ?? [])));
    return info;
  }

  #changed(name: string): void {
    this.#infos.delete(name);
    this.#snapshot = undefined;
  }
}
