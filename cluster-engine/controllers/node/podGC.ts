import type { Node, Pod, PodCondition } from "../../../shared/kubernetes/types.ts";
import { Nodes, Pods } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type Controller } from "../types.ts";

// ms, and pods; the defaults of kube-controller-manager.
const period = 20_000;
const quarantine = 40_000;
const terminatedThreshold = 12_500;

const key = "pods";

/** Removes pods that nobody looks after: of nodes that are gone or out of service, deleted before they were bound, ended long ago. */
export const podGarbageCollector: Controller = {
  name: "pod-garbage-collector-controller",
  account: "pod-garbage-collector",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const pods = context.informers.of(Pods);
    const { clock, log } = context;
    // Nodes that pods are bound to and that are not there: since when.
    const missing = new Map<string, number>();
    const reconciler = runReconciler({
      ...loopOptions(context),
      name: "pod-gc",
      workers: 1,
      // Nodes write their status all the time: what that changes for pods can wait for the next round.
      sources: [
        source(
          nodes,
          () => [key],
          () => false,
        ),
      ],
      reads: [pods],
      async reconcile(_, { client }) {
        const now = clock.now();
        const gone = nodesGone(pods, nodes, missing, now);
        const all = pods.list();
        const orphans = all.filter(({ spec }) => spec.nodeName !== undefined && gone.has(spec.nodeName));
        const stuck = all.filter((pod) => pod.metadata.deletionTimestamp && nobodyEnds(pod, nodes));
        const results = await Promise.allSettled([
          ...orphans.map((pod) => failAndDelete(client, pod, [nodeGone(rfc3339(now))])),
          ...[...stuck, ...surplus(all)].map((pod) => failAndDelete(client, pod, [])),
        ]);
        for (const result of results) if (result.status === "rejected") log.warn("pod not collected", { error: String(result.reason) });
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

/** A pod that was never bound, or whose node an administrator has declared dead (KEP-2268). */
function nobodyEnds({ spec }: Pod, nodes: Informer<Node>): boolean {
  if (!spec.nodeName) return true;
  const node = nodes.get(spec.nodeName);
  const ready = findCondition(node?.status?.conditions, "Ready")?.status === "True";
  return !ready && (node?.spec?.taints?.some((taint) => taint.key === "node.kubernetes.io/out-of-service") ?? false);
}

/** Of the ended pods those beyond the threshold: evicted ones, then the oldest. */
export function surplus(pods: Pod[], threshold = terminatedThreshold): Pod[] {
  const rank = ({ status, metadata }: Pod) => `${status?.reason === "Evicted" ? 0 : 1}/${metadata.creationTimestamp}/${metadata.name}`;
  const ended = pods.filter(isTerminal);
  if (ended.length <= threshold) return [];
  return ended.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, ended.length - threshold);
}

const nodeGone = (lastTransitionTime: string): PodCondition => ({
  type: "DisruptionTarget",
  status: "True",
  reason: "DeletionByPodGC",
  message: "PodGC: node no longer exists",
  lastTransitionTime,
});

/** Nobody else will say how the pod ended: it failed. */
async function failAndDelete(client: Client, pod: Pod, told: PodCondition[]): Promise<void> {
  const { metadata, status } = pod;
  try {
    if (!isTerminal(pod)) {
      const conditions = told.reduce<PodCondition[]>((all, each) => withCondition(all, each), status?.conditions ?? []);
      const patch = { status: { phase: "Failed", conditions } };
      await client.resource(Pods).patch(metadata, patch, { type: "merge", subresource: "status" });
    }
    await client.resource(Pods).delete(metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
