import type { Node, Pod, PodCondition, Taint } from "../../../shared/kubernetes/types.ts";
import { Nodes, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { withCondition } from "../conditions.ts";
import { semanticEqual } from "../equality.ts";
import { loopOptions, type Controller } from "../types.ts";
import { indexByNode, podsOn } from "./lifecycle.ts";
import { evictionTime } from "./tolerations.ts";

const noExecute = (node: Node | undefined): Taint[] => (node?.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");

const keyOfPod = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** Deletes pods from nodes with NoExecute taints, once they tolerate them no longer. */
export const taintEvictionController: Controller = {
  name: "taint-eviction-controller",
  account: "node-controller",
  component: "taint-eviction-controller",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const pods = indexByNode(context.informers.of(Pods));
    const { clock, events } = context;
    // Pods that wait for their end, to tell when it is called off.
    const doomed = new Set<string>();
    return runReconciler({
      ...loopOptions(context),
      name: "taint-eviction",
      workers: 8,
      sources: [
        source(
          pods,
          (pod) => (pod.spec.nodeName ? [keyOfPod(pod)] : []),
          (pod, old) => pod.spec.nodeName !== old.spec.nodeName || !semanticEqual(pod.spec.tolerations, old.spec.tolerations),
        ),
        source(
          nodes,
          (node) => podsOn(pods, node.metadata.name).map(keyOfPod),
          (node, old) => !semanticEqual(noExecute(node), noExecute(old)),
        ),
      ],
      async reconcile(key, { client, cause }) {
        const pod = pods.get(key);
        if (!pod || pod.metadata.deletionTimestamp) return void doomed.delete(key);
        const now = clock.now();
        const at = evictionTime(pod, noExecute(nodes.get(pod.spec.nodeName!)), now);
        if (at === Number.POSITIVE_INFINITY) {
          if (doomed.delete(key)) events.event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${key}`, { cause });
          return;
        }
        if (at > now) {
          doomed.add(key);
          return { requeueAfter: at - now };
        }
        doomed.delete(key);
        events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`, { cause });
        await evict(client, pod, rfc3339(now));
      },
    });
  },
};

async function evict(client: Client, pod: Pod, lastTransitionTime: string): Promise<void> {
  const condition: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
    lastTransitionTime,
  };
  const conditions = withCondition(pod.status?.conditions, condition);
  await client
    .resource(Pods)
    .updateStatus({ ...pod, status: { ...pod.status, conditions } })
    .catch(unlessGone);
  await client.resource(Pods).delete(pod.metadata).catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
