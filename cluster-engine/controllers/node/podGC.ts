import type { Node, Pod, PodCondition } from "../../../shared/kubernetes/types.ts";
import { Nodes, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { withCondition } from "../conditions.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type Controller } from "../types.ts";

// ms, and pods; the defaults of kube-controller-manager.
const period = 20_000;
const quarantine = 40_000;
const terminatedThreshold = 12_500;

const key = "pods";

/** Removes pods that nobody looks after: of nodes that are gone, deleted before they were bound, ended long ago. */
export const podGarbageCollector: Controller = {
  name: "pod-garbage-collector-controller",
  account: "pod-garbage-collector",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const pods = context.informers.of(Pods);
    const { clock } = context;
    // Nodes that pods are bound to and that are not there: since when.
    const missing = new Map<string, number>();
    const reconciler = runReconciler({
      ...loopOptions(context),
      name: "pod-gc",
      workers: 1,
      sources: [source(nodes, () => [key])],
      reads: [pods],
      async reconcile(_, { client }) {
        const now = clock.now();
        const gone = nodesGone(pods, nodes, missing, now);
        for (const pod of pods.list()) {
          if (isOrphan(pod, gone)) await failAndDelete(client, pod, rfc3339(now));
          else if (pod.metadata.deletionTimestamp && !pod.spec.nodeName) await forceDelete(client, pod);
        }
        for (const pod of surplus(pods.list())) await forceDelete(client, pod);
        return { requeueAfter: period };
      },
    });
    reconciler.wake(key);
    return reconciler;
  },
};

/** Names of nodes that have been missing for the whole quarantine. */
function nodesGone(pods: Informer<Pod>, nodes: Informer<Node>, missing: Map<string, number>, now: number): Set<string> {
  const absent = new Set(pods.list().flatMap(({ spec }) => (spec.nodeName && !nodes.get(spec.nodeName) ? [spec.nodeName] : [])));
  for (const name of missing.keys()) if (!absent.has(name)) missing.delete(name);
  for (const name of absent) if (!missing.has(name)) missing.set(name, now);
  return new Set([...missing].filter(([, since]) => now - since >= quarantine).map(([name]) => name));
}

const isOrphan = ({ spec }: Pod, gone: Set<string>): boolean => spec.nodeName !== undefined && gone.has(spec.nodeName);

/** The oldest of the ended pods beyond the threshold. */
export function surplus(pods: Pod[], threshold = terminatedThreshold): Pod[] {
  const ended = pods.filter(isTerminal).sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  return ended.slice(0, Math.max(0, ended.length - threshold));
}

async function failAndDelete(client: Client, pod: Pod, lastTransitionTime: string): Promise<void> {
  if (!isTerminal(pod)) {
    const condition: PodCondition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
      lastTransitionTime,
    };
    const status = { phase: "Failed", conditions: withCondition(pod.status?.conditions, condition) };
    await client.resource(Pods).patch(pod.metadata, { status }, { type: "merge", subresource: "status" }).catch(unlessGone);
  }
  await forceDelete(client, pod);
}

async function forceDelete(client: Client, { metadata }: Pod): Promise<void> {
  await client
    .resource(Pods)
    .delete(metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } })
    .catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
