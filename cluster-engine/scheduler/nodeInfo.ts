import type { ContainerPort, Node, Pod } from "../../shared/kubernetes/types.ts";
import { Amounts, podRequests } from "./podResources.ts";
import type { Change } from "./change.ts";

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

const noPorts: readonly HostPort[] = [];

/** A node with the pods on it, and what they add up to. */
export class NodeInfo {
  readonly name: string;
  /** Its place in tallies. */
  readonly slot: number;
  readonly pods = new Map<string, Pod>();
  readonly requested = new Amounts();
  readonly nonZero = new Amounts();
  /** Counts up with every change of the node or its pods. */
  generation = 0;
  #node!: Node;
  #allocatable!: Amounts;
  #images: ReadonlyMap<string, number> | undefined;
  #hostPorts = new Map<string, readonly HostPort[]>();

  constructor(node: Node, pods: Iterable<Pod> = [], slot = 0) {
    this.name = node.metadata.name;
    this.slot = slot;
    this.node = node;
    for (const pod of pods) this.add(pod);
  }

  get node(): Node {
    return this.#node;
  }

  set node(node: Node) {
    if (node.status?.images !== this.#node?.status?.images) this.#images = undefined;
    this.#node = node;
    this.#allocatable = Amounts.of(node.status?.allocatable);
    this.generation++;
  }

  get allocatable(): Amounts {
    return this.#allocatable;
  }

  /** Image name → bytes. */
  get images(): ReadonlyMap<string, number> {
    return (this.#images ??= new Map(
      (this.#node.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) => names.map((name) => [name, sizeBytes] as const)),
    ));
  }

  /** Taken by the pods on it. */
  *hostPorts(): Iterable<HostPort> {
    for (const ports of this.#hostPorts.values()) yield* ports;
  }

  add(pod: Pod): void {
    this.remove(pod);
    this.pods.set(pod.metadata.uid, pod);
    this.#count(pod, 1);
    const ports = hostPortsOf(pod);
    if (ports.length > 0) this.#hostPorts.set(pod.metadata.uid, ports);
  }

  remove({ metadata: { uid } }: Pod): void {
    const known = this.pods.get(uid);
    if (!known) return;
    this.pods.delete(uid);
    this.#hostPorts.delete(uid);
    this.#count(known, -1);
  }

  /** A copy with other pods: for trials. */
  with({ added, removed }: Change): NodeInfo {
    const trial = new NodeInfo(this.#node, [], this.slot);
    trial.requested.add(this.requested);
    trial.nonZero.add(this.nonZero);
    for (const [uid, pod] of this.pods) trial.pods.set(uid, pod);
    trial.#hostPorts = new Map(this.#hostPorts);
    for (const pod of removed) trial.remove(pod);
    for (const pod of added) trial.add(pod);
    return trial;
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const { requests, nonZero } = podRequests(pod);
    this.requested.add(requests, sign);
    this.nonZero.add(nonZero, sign);
    this.generation++;
  }
}

/** Ports of the node that the pod's containers ask for. */
export function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let found = noPorts;
  for (const container of spec.containers) if (container.ports) found = withPorts(found, container.ports);
  for (const { ports, restartPolicy } of spec.initContainers ?? []) if (ports && restartPolicy === "Always") found = withPorts(found, ports);
  return found;
}

function withPorts(found: readonly HostPort[], ports: readonly ContainerPort[]): readonly HostPort[] {
  const more = ports.flatMap(({ hostPort, hostIP, protocol }) =>
    hostPort ? [{ ip: hostIP || "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort }] : [],
  );
  return more.length > 0 ? [...found, ...more] : found;
}
