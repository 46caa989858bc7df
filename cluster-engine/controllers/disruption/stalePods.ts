import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { findCondition } from "../conditions.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type ControllerContext } from "../types.ts";

/** ms after which a pod that was to be disrupted, and was not, is told so. */
const staleAfter = 120_000;

/** Takes back the DisruptionTarget condition of pods that were not deleted after all. */
export function clearStaleDisruptions(context: ControllerContext): Disposable {
  const pods = context.informers.of(Pods);
  return runReconciler({
    ...loopOptions(context),
    name: "disruption-stale-pods",
    sources: [source(pods, (pod) => (isDoomed(pod) ? [keyOf(pod.metadata)] : []))],
    async reconcile(key, { client }) {
      const pod = pods.get(key);
      if (!pod || !isDoomed(pod)) return;
      const now = context.clock.now();
      const since = Date.parse(findCondition(pod.status?.conditions, "DisruptionTarget")!.lastTransitionTime ?? "") || 0;
      if (since + staleAfter > now) return { requeueAfter: since + staleAfter - now };
      const { generation, uid } = pod.metadata;
      const condition = { type: "DisruptionTarget", status: "False", observedGeneration: generation, lastTransitionTime: rfc3339(now) };
      const conditions = [{ ...condition, reason: null, message: null }];
      await client.resource(Pods).patch(pod.metadata, { metadata: { uid }, status: { conditions } }, { type: "strategic", subresource: "status" });
    },
  });
}

function isDoomed(pod: Pod): boolean {
  const condition = findCondition(pod.status?.conditions, "DisruptionTarget");
  if (pod.metadata.deletionTimestamp || isTerminal(pod)) return false;
  return condition?.status === "True" && condition.reason !== "TerminationByKubelet";
}
