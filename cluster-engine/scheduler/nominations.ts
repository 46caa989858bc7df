import type { Pod } from "../../shared/kubernetes/types.ts";

const nobody: readonly Pod[] = [];

/** Pods for which room is made on a node, until they are placed. */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, Pod>>();
  readonly #nodes = new Map<string, string>();

  on(node: string): readonly Pod[] {
    if (this.#byNode.size === 0) return nobody;
    const pods = this.#byNode.get(node);
    return pods ? [...pods.values()] : nobody;
  }

  nodeOf({ metadata: { uid } }: Pod): string | undefined {
    return this.#nodes.get(uid);
  }

  /** The pod changed. A nomination of ours that the API does not show yet holds. */
  update(pod: Pod, old?: Pod): void {
    const unseen = old && !old.status?.nominatedNodeName && !pod.status?.nominatedNodeName;
    this.set(pod, unseen ? this.nodeOf(pod) : pod.status?.nominatedNodeName);
  }

  /** The pod with its nomination, whether the API shows it yet or not. */
  applied(pod: Pod): Pod {
    const nominatedNodeName = this.nodeOf(pod);
    if (!nominatedNodeName || pod.status?.nominatedNodeName === nominatedNodeName) return pod;
    return { ...pod, status: { ...pod.status, nominatedNodeName } };
  }

  /** Without a node: none any more. */
  set(pod: Pod, node: string | undefined): void {
    this.remove(pod);
    if (!node) return;
    this.#nodes.set(pod.metadata.uid, node);
    const pods = this.#byNode.get(node) ?? new Map<string, Pod>();
    this.#byNode.set(node, pods.set(pod.metadata.uid, pod));
  }

  remove({ metadata: { uid } }: Pod): void {
    const node = this.#nodes.get(uid);
    if (node === undefined) return;
    this.#nodes.delete(uid);
    const pods = this.#byNode.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#byNode.delete(node);
  }
}
