import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { Pod, PodCondition, ResourceSlice, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims, ResourceSlices } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { withCondition } from "../conditions.ts";
import { loopOptions, type Controller } from "../types.ts";
import { claimEvictionTime } from "./deviceTaints.ts";
import { claimNameOf, isFor, isReservedFor } from "./podClaims.ts";

/** Deletes pods whose devices have NoExecute taints, once their claims tolerate them no longer (KEP-5055). */
export const deviceTaintEvictionController: Controller = {
  name: "device-taint-eviction-controller",
  account: "device-taint-eviction-controller",
  start(context) {
    const pods = context.informers.of(Pods);
    const claims = context.informers.of(ResourceClaims);
    const slices = context.informers.of(ResourceSlices);
    const { clock, events } = context;
    // Pods that wait for their end, to tell when it is called off.
    const doomed = new Set<string>();
    return runReconciler({
      ...loopOptions(context),
      name: "device-taint-eviction",
      workers: 8,
      sources: [
        source(pods, (pod) => (pod.spec.resourceClaims?.length ? [keyOf(pod.metadata)] : []), isNews),
        source(claims, usersOf),
        source(slices, ({ spec }) => claims.list().filter(allocatedFrom(spec)).flatMap(usersOf)),
      ],
      async reconcile(key, { client }) {
        const pod = pods.get(key);
        if (!pod || pod.metadata.deletionTimestamp) return void doomed.delete(key);
        const now = clock.now();
        const at = evictionTime(pod, claims, slices.list(), now);
        if (at === Number.POSITIVE_INFINITY) {
          if (doomed.delete(key)) events.event(pod, "Normal", "DeviceTaintManagerEviction", "Cancelling deletion");
          return;
        }
        if (at > now) {
          doomed.add(key);
          return { requeueAfter: at - now };
        }
        doomed.delete(key);
        events.event(pod, "Normal", "DeviceTaintManagerEviction", "Marking for deletion");
        await evict(client, pod, rfc3339(now));
      },
    });
  },
};

const isNews = (pod: Pod, old: Pod): boolean =>
  pod.spec.nodeName !== old.spec.nodeName || pod.status?.resourceClaimStatuses?.length !== old.status?.resourceClaimStatuses?.length;

const usersOf = ({ metadata, status }: ResourceClaim): string[] => (status?.reservedFor ?? []).map(({ name }) => `${metadata.namespace}/${name}`);

const allocatedFrom =
  ({ driver, pool }: ResourceSlice["spec"]) =>
  ({ status }: ResourceClaim): boolean =>
    status?.allocation?.devices?.results?.some((result) => result.driver === driver && result.pool === pool.name) ?? false;

function evictionTime(pod: Pod, claims: Informer<ResourceClaim>, slices: ResourceSlice[], now: number): number {
  if (!pod.spec.nodeName) return Number.POSITIVE_INFINITY;
  let soonest = Number.POSITIVE_INFINITY;
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    const known = claimNameOf(pod, podClaim);
    const claim = typeof known === "object" ? claims.get({ namespace: pod.metadata.namespace, name: known.name }) : undefined;
    if (!claim || typeof known !== "object" || (known.generated && !isFor(claim, pod)) || !isReservedFor(claim, pod)) continue;
    soonest = Math.min(soonest, claimEvictionTime(claim, slices, now));
  }
  return soonest;
}

async function evict(client: Client, pod: Pod, lastTransitionTime: string): Promise<void> {
  const condition: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByDeviceTaintManager",
    message: "Device Taint manager: deleting due to NoExecute taint",
    lastTransitionTime,
  };
  const { metadata, status } = pod;
  const patch = { status: { conditions: withCondition(status?.conditions, condition) } };
  try {
    await client.resource(Pods).patch(metadata, patch, { type: "merge", subresource: "status" });
    await client.resource(Pods).delete(metadata, { preconditions: { uid: metadata.uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
