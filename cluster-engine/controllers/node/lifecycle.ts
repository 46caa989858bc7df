import type { Lease, Node, NodeCondition, ObjectReference, Pod } from "../../../shared/kubernetes/types.ts";
import { Leases, Nodes, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { causeOf } from "../../client/client.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { together } from "../batches.ts";
import { findCondition } from "../conditions.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { SignsOfLife, silentConditions } from "./health.ts";
import { markPodNotReady } from "./readiness.ts";
import { TaintQueue } from "./taintQueue.ts";
import { changeTaints, hasNoExecute, noExecuteTaint, withConditionTaints, withNoExecute, withoutNoExecute } from "./taints.ts";
import { clusterChange, evictionRateOf, isExcludedFromDisruption, stateOfZone, zoneKey, type ZoneState } from "./zones.ts";

/** ms; the default of kube-controller-manager. */
const monitorPeriod = 5000;
const leaseNamespace = "kube-node-lease";
const pass = "nodes";

/** Older names of labels follow the stable ones. */
const labelPairs: [stable: string, older: string][] = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
];

/** Indexes pods by the node they are bound to. */
export function indexByNode(pods: Informer<Pod>): Informer<Pod> {
  pods.addIndex("node", (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  return pods;
}

export const podsOn = (pods: Informer<Pod>, node: string): Pod[] => pods.byIndex("node", node);

/** A node as its events name it. */
export const nodeReference = ({ metadata: { name, uid } }: Node): ObjectReference => ({ apiVersion: "v1", kind: "Node", name, uid });

const readyOf = ({ status }: Node): NodeCondition | undefined => findCondition(status?.conditions, "Ready");

/**
 * Marks nodes whose kubelets are silent, taints nodes by their conditions, and empties lost nodes: zone by zone, at a rate
 * that falls when much of a zone is lost, and not at all when every node is (pkg/controller/nodelifecycle).
 */
export const nodeLifecycleController: Controller = {
  name: "node-lifecycle-controller",
  account: "node-controller",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const leases = context.informers.of(Leases);
    const pods = indexByNode(context.informers.of(Pods));
    const running = new Disposables();
    const lifecycle = new NodeLifecycle(context, nodes, leases, pods);
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "node-taints",
        workers: 8,
        sources: [source(nodes)],
        reconcile: (name, { client }) => followConditions(context, nodes.get(name), client),
      }),
    );
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "node-lifecycle",
        workers: 1,
        sources: [source(nodes, () => [pass], changesReadiness)],
        reads: [leases, pods],
        reconcile: (_, { client }) => lifecycle.pass(client),
      }),
    );
    running.add(watchNewPods(context, nodes, pods));
    return running;
  },
};

const changesReadiness = (node: Node, old: Node): boolean => readyOf(node)?.status !== readyOf(old)?.status || zoneKey(node) !== zoneKey(old);

async function followConditions({ clock }: ControllerContext, node: Node | undefined, client: Client): Promise<void> {
  if (!node) return;
  await changeTaints(client, node, (current) => withConditionTaints(current, rfc3339(clock.now())));
  const { labels = {} } = node.metadata;
  const stale = labelPairs.filter(([stable, older]) => labels[stable] !== undefined && labels[stable] !== labels[older]);
  if (stale.length === 0) return;
  const followed = Object.fromEntries(stale.map(([stable, older]) => [older, labels[stable]!]));
  await client.resource(Nodes).patch(node.metadata, { metadata: { labels: followed } });
}

/** A pod that is bound to a node just as the node is lost must not look ready. */
function watchNewPods(context: ControllerContext, nodes: Informer<Node>, pods: Informer<Pod>): Disposable {
  return runReconciler({
    ...loopOptions(context),
    name: "node-pods",
    workers: 4,
    sources: [
      source(
        pods,
        ({ metadata, spec }) => (spec.nodeName ? [`${metadata.namespace}/${metadata.name}`] : []),
        (pod, old) => pod.spec.nodeName !== old.spec.nodeName,
      ),
    ],
    reads: [nodes],
    async reconcile(key, { client }) {
      const pod = pods.get(key);
      const node = pod?.spec.nodeName ? nodes.get(pod.spec.nodeName) : undefined;
      const ready = node && readyOf(node);
      if (pod && ready && ready.status !== "True") await markPodNotReady(client, context.events, context.clock, pod);
    },
  });
}

class NodeLifecycle {
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #signs = new SignsOfLife();
  readonly #known = new Map<string, Node>();
  readonly #queues = new Map<string, TaintQueue>();
  #zones = new Map<string, ZoneState>();
  /** Nodes whose pods could not all be marked. */
  readonly #unmarked = new Set<string>();

  constructor(context: ControllerContext, nodes: Informer<Node>, leases: Informer<Lease>, pods: Informer<Pod>) {
    this.#context = context;
    this.#nodes = nodes;
    this.#leases = leases;
    this.#pods = pods;
  }

  /** One look at all nodes. */
  async pass(client: Client): Promise<{ requeueAfter: number }> {
    await this.#register(client);
    const judged = await Promise.all(this.#nodes.list().map((node) => this.#judge(client, node)));
    await this.#handleDisruption(client, judged);
    await this.#taintNext(client);
    const now = this.#context.clock.monotonic();
    const waits = [...this.#queues.values()].map((queue) => queue.wait(now));
    return { requeueAfter: Math.max(1, Math.min(monitorPeriod, ...waits)) };
  }

  async #register(client: Client): Promise<void> {
    const present = new Map(this.#nodes.list().map((node) => [node.metadata.name, node]));
    const added = [...present.values()].filter(({ metadata }) => !this.#known.has(metadata.name));
    for (const node of added) {
      this.#tell(node, "RegisteredNode", `Registered Node ${node.metadata.name} in Controller`);
      this.#known.set(node.metadata.name, node);
    }
    await together(added, (node) => this.#spare(client, node));
    for (const [name, node] of this.#known) {
      if (present.has(name)) continue;
      this.#tell(node, "RemovingNode", `Removing Node ${name} from Controller`);
      this.#known.delete(name);
      this.#signs.forget(name);
      this.#unmarked.delete(name);
      for (const queue of this.#queues.values()) queue.remove(name);
    }
  }

  #tell(node: Node, reason: string, text: string): void {
    const cause = causeOf(Nodes, node);
    this.#context.events.event(nodeReference(node), "Normal", reason, `Node ${node.metadata.name} event: ${text}`, { cause });
  }

  /** The node as it is after all, silent ones marked. What fails is for the next pass. */
  async #judge(client: Client, node: Node): Promise<Node> {
    try {
      const judged = await this.#markIfSilent(client.because(causeOf(Nodes, node)), node);
      await this.#follow(client.because(causeOf(Nodes, judged)), judged, node);
      return judged;
    } catch (error) {
      if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict"))
        this.#context.log.warn("node not judged", { node: node.metadata.name, error: String(error) });
      return node;
    }
  }

  async #markIfSilent(client: Client, node: Node): Promise<Node> {
    const { clock } = this.#context;
    const { name, creationTimestamp } = node.metadata;
    const lease = this.#leases.get({ namespace: leaseNamespace, name });
    const age = clock.now() - Date.parse(creationTimestamp);
    if (!this.#signs.isSilent(node, lease, clock.monotonic(), age) || readyOf(node)?.status === "Unknown") return node;
    const conditions = silentConditions(node, rfc3339(clock.now()));
    return client.resource(Nodes).updateStatus({ ...node, status: { ...node.status, conditions } });
  }

  /** Does what a node's readiness asks for. */
  async #follow(client: Client, node: Node, before: Node): Promise<void> {
    const ready = readyOf(node);
    if (!ready) return;
    const { name } = node.metadata;
    if (ready.status === "True") {
      this.#unmarked.delete(name);
      return this.#spare(client, node);
    }
    await this.#markForTainting(client, node, ready);
    // A kubelet that says so itself sees to its pods.
    const lost = readyOf(before)?.status === "True";
    const text = `Node ${name} status is now: NodeNotReady`;
    if (lost) this.#context.events.event(nodeReference(node), "Normal", "NodeNotReady", text, { cause: causeOf(Nodes, node) });
    if (lost || this.#unmarked.has(name)) await this.#markPods(client, name);
  }

  /** A node that changes from one sort of loss to the other is tainted at once, others wait for their turn. */
  async #markForTainting(client: Client, node: Node, ready: NodeCondition): Promise<void> {
    const taint = noExecuteTaint(ready);
    if (!taint || hasNoExecute(node, taint.add)) return;
    if (hasNoExecute(node, taint.drop)) await this.#taint(client, node, taint);
    else this.#queue(node).add(node.metadata.name);
  }

  #taint(client: Client, node: Node, taint: { add: string; drop: string }): Promise<void> {
    const stamp = rfc3339(this.#context.clock.now());
    return changeTaints(client, node, (current) => withNoExecute(current, taint, stamp));
  }

  #queue(node: Node): TaintQueue {
    const zone = zoneKey(node);
    let queue = this.#queues.get(zone);
    if (!queue) this.#queues.set(zone, (queue = new TaintQueue(evictionRateOf("Normal", 0), this.#context.clock.monotonic())));
    return queue;
  }

  /** Keeps a node's pods where they are. */
  async #spare(client: Client, node: Node): Promise<void> {
    for (const queue of this.#queues.values()) queue.remove(node.metadata.name);
    await changeTaints(client, node, withoutNoExecute);
  }

  async #markPods(client: Client, name: string): Promise<void> {
    const { events, clock } = this.#context;
    this.#unmarked.add(name);
    await together(podsOn(this.#pods, name), (pod) => markPodNotReady(client, events, clock, pod));
    this.#unmarked.delete(name);
  }

  async #handleDisruption(client: Client, nodes: Node[]): Promise<void> {
    const conditions = new Map<string, (NodeCondition | undefined)[]>();
    for (const node of nodes.filter((each) => !isExcludedFromDisruption(each)))
      conditions.set(zoneKey(node), [...(conditions.get(zoneKey(node)) ?? []), readyOf(node)]);
    const states = new Map([...conditions].map(([zone, ready]) => [zone, stateOfZone(ready)]));
    const change = clusterChange(this.#zones, states);
    const now = this.#context.clock.monotonic();
    if (change === "allDown") {
      this.#context.log.info("all nodes are not ready: no pods are evicted");
      await together(nodes, (node) => this.#spare(client, node));
    }
    if (change === "upAgain") this.#signs.trustAll(now);
    const allDown = states.size > 0 && [...states.values()].every((state) => state === "FullDisruption");
    for (const [zone, state] of states) this.#queues.get(zone)?.setRate(allDown ? 0 : evictionRateOf(state, conditions.get(zone)!.length), now);
    this.#zones = states;
  }

  /** Taints those whose turn it is. */
  async #taintNext(client: Client): Promise<void> {
    const now = this.#context.clock.monotonic();
    for (const queue of this.#queues.values()) {
      for (let name = queue.take(now); name !== undefined; name = queue.take(now)) {
        const node = this.#nodes.get(name);
        const ready = node && readyOf(node);
        const taint = ready && noExecuteTaint(ready);
        if (taint) await this.#taint(client.because(causeOf(Nodes, node)), node, taint).catch(() => queue.add(name));
      }
    }
  }
}
