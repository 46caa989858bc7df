import type { Lease, Node, ObjectReference, Pod } from "../../../shared/kubernetes/types.ts";
import { Leases, Nodes, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { findCondition } from "../conditions.ts";
import { semanticEqual } from "../equality.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { SignsOfLife, signalOf, silentConditions } from "./health.ts";
import { desiredTaints } from "./taints.ts";

// ms; the defaults of kube-controller-manager.
const monitorGrace = 50_000;
const startupGrace = 60_000;
const monitorPeriod = 5000;

const leaseNamespace = "kube-node-lease";

/** Indexes pods by the node they are bound to. */
export function indexByNode(pods: Informer<Pod>): Informer<Pod> {
  pods.addIndex("node", (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  return pods;
}

export const podsOn = (pods: Informer<Pod>, node: string): Pod[] => pods.byIndex("node", node);

/** A node as its events name it: by its name in place of the uid, as the kubelet does too. */
export const nodeReference = ({ metadata: { name, uid } }: Node): ObjectReference => ({ apiVersion: "v1", kind: "Node", name, uid });

/** Marks nodes whose kubelets are silent, taints nodes by their conditions, and marks pods of lost nodes as not ready. */
export const nodeLifecycleController: Controller = {
  name: "node-lifecycle-controller",
  account: "node-controller",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const leases = context.informers.of(Leases);
    const pods = indexByNode(context.informers.of(Pods));
    const controller = new NodeLifecycle(context, nodes, leases, pods);
    return runReconciler({
      ...loopOptions(context),
      name: "node-lifecycle",
      sources: [
        source(nodes),
        source(leases, ({ metadata }) => (metadata.namespace === leaseNamespace && nodes.get(metadata.name) ? [metadata.name] : [])),
      ],
      reads: [pods],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

class NodeLifecycle {
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #signs = new SignsOfLife();
  readonly #known = new Map<string, Node>();

  constructor(context: ControllerContext, nodes: Informer<Node>, leases: Informer<Lease>, pods: Informer<Pod>) {
    this.#context = context;
    this.#nodes = nodes;
    this.#leases = leases;
    this.#pods = pods;
  }

  async reconcile(name: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const node = this.#nodes.get(name);
    this.#register(name, node);
    if (!node) return this.#signs.forget(name);
    const { clock } = this.#context;
    const stamp = rfc3339(clock.now());
    const lease = this.#leases.get({ namespace: leaseNamespace, name });
    const silence = this.#signs.silence(name, signalOf(node, lease?.spec?.renewTime), clock.monotonic());
    const spoken = findCondition(node.status?.conditions, "Ready") !== undefined;
    const judged = silence >= (spoken ? monitorGrace : startupGrace) ? await this.#markSilent(client, node, stamp) : node;
    await setTaints(client, judged, stamp);
    const ready = findCondition(judged.status?.conditions, "Ready");
    if (ready && ready.status !== "True") await this.#markPods(client, name);
    return { requeueAfter: monitorPeriod };
  }

  #register(name: string, node: Node | undefined): void {
    const known = this.#known.get(name);
    const tell = (subject: Node, reason: string, text: string) =>
      this.#context.events.event(nodeReference(subject), "Normal", reason, `Node ${name} event: ${text}`);
    if (node && !known) tell(node, "RegisteredNode", `Registered Node ${name} in Controller`);
    if (!node && known) tell(known, "RemovingNode", `Removing Node ${name} from Controller`);
    if (node) this.#known.set(name, node);
    else this.#known.delete(name);
  }

  async #markSilent(client: Client, node: Node, stamp: string): Promise<Node> {
    const conditions = silentConditions(node, stamp);
    if (semanticEqual(conditions, node.status?.conditions)) return node;
    const wasReady = findCondition(node.status?.conditions, "Ready")?.status === "True";
    const marked = await client.resource(Nodes).updateStatus({ ...node, status: { ...node.status, conditions } });
    if (wasReady) this.#context.events.event(nodeReference(node), "Normal", "NodeNotReady", `Node ${node.metadata.name} status is now: NodeNotReady`);
    return marked;
  }

  /** Services must not send traffic where nobody answers. */
  async #markPods(client: Client, name: string): Promise<void> {
    for (const pod of podsOn(this.#pods, name)) {
      if (findCondition(pod.status?.conditions, "Ready")?.status !== "True") continue;
      const lastTransitionTime = rfc3339(this.#context.clock.now());
      const conditions = pod.status!.conditions!.map((condition) =>
        condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime } : condition,
      );
      await client
        .resource(Pods)
        .updateStatus({ ...pod, status: { ...pod.status, conditions } })
        .catch(unlessGone);
      this.#context.events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    }
  }
}

async function setTaints(client: Client, node: Node, stamp: string): Promise<void> {
  const taints = desiredTaints(node, stamp);
  if (semanticEqual(taints, node.spec?.taints)) return;
  const { resourceVersion } = node.metadata;
  await client
    .resource(Nodes)
    .patch(node.metadata, { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }, { type: "merge" });
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
