import type { Node, Taint } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { loopOptions, messageOf, type CloudControllerContext } from "./context.ts";
import { nodeReference } from "./nodeReference.ts";

/** ms (--node-monitor-period). */
const monitorPeriod = 5000;

const shutdownTaint = { key: "node.cloudprovider.kubernetes.io/shutdown", effect: "NoSchedule" } as const;

/** Taints nodes whose machine is shut down, and deletes those whose machine is no more. Ready nodes are not asked about. */
export function startNodeLifecycleController(context: CloudControllerContext): Disposable {
  const nodes = context.informers.of(Nodes);
  const events = context.events("cloud-node-lifecycle-controller");
  const { instances } = context.provider;
  const { clock } = context;
  return runReconciler({
    ...loopOptions(context),
    name: "cloud-node-lifecycle",
    sources: [source(nodes)],
    async reconcile(name, { client }) {
      const node = nodes.get(name);
      if (!node || node.metadata.deletionTimestamp) return;
      if (isReady(node)) return setShutdown(client, node, false, clock.now());
      if (!(await instances.exists(node))) return deleteNode(client, node);
      if (await instances.isShutDown(node)) await setShutdown(client, node, true, clock.now());
      return { requeueAfter: monitorPeriod };
    },
  });

  async function deleteNode(client: Client, node: Node): Promise<void> {
    const { name } = node.metadata;
    events.event(nodeReference(node), "Normal", "DeletingNode", `Deleting node ${name} because it does not exist in the cloud provider`);
    try {
      await client.resource(Nodes).delete(node.metadata);
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      events.event(nodeReference(node), "Warning", "DeletingNodeFailed", `Failed deleting node ${name}: ${messageOf(error)}`);
      throw error;
    }
  }
}

const isReady = ({ status }: Node): boolean => status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;

async function setShutdown(client: Client, node: Node, shutDown: boolean, now: number): Promise<void> {
  const { resourceVersion } = node.metadata;
  const taints = node.spec?.taints ?? [];
  if (taints.some(isShutdown) === shutDown) return;
  const next: Taint[] = shutDown ? [...taints, { ...shutdownTaint, timeAdded: rfc3339(now) }] : taints.filter((taint) => !isShutdown(taint));
  const patch = { metadata: { resourceVersion }, spec: { taints: next.length > 0 ? next : null } };
  await client.resource(Nodes).patch(node.metadata, patch, { type: "merge" });
}

const isShutdown = ({ key, effect }: Taint): boolean => key === shutdownTaint.key && effect === shutdownTaint.effect;
