import type { Pod, ResourceClaimConsumerReference, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Client, Informer } from "../../client/types.ts";
import type { ControllerContext } from "../types.ts";
import { isDone, owningPod } from "./podClaims.ts";

/** Keeps a claim until what is allocated to it is given back. */
const finalizer = "resource.kubernetes.io/delete-protection";

/** Takes reservations of pods that are done from claims, gives back what is allocated when nobody is left, and removes claims whose pod is done. */
export class ClaimCleaner {
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<ResourceClaim>;

  constructor({ informers }: ControllerContext) {
    this.#pods = informers.of(Pods);
    this.#claims = informers.of(ResourceClaims);
  }

  async reconcile(key: string, client: Client): Promise<void> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    const reserved = claim.status?.reservedFor ?? [];
    const kept: ResourceClaimConsumerReference[] = [];
    for (const consumer of reserved) if (await this.#isNeeded(client, claim.metadata.namespace, consumer)) kept.push(consumer);
    if (kept.length < reserved.length) await release(client, claim, kept);
    else if (claim.metadata.deletionTimestamp && kept.length === 0 && hasFinalizer(claim)) await release(client, claim, []);
    if (kept.length === 0 && this.#isUnused(claim))
      await client
        .resource(ResourceClaims)
        .delete(claim.metadata, { preconditions: { uid: claim.metadata.uid } })
        .catch(unlessGone);
  }

  /** Consumers of unknown sorts stay. */
  async #isNeeded(client: Client, namespace: string, { apiGroup, resource, name, uid }: ResourceClaimConsumerReference): Promise<boolean> {
    if (apiGroup || resource !== "pods") return true;
    // The cache may be behind: a reservation must not go because its pod is new.
    const pod = this.#pods.get({ namespace, name }) ?? (await client.resource(Pods).get({ namespace, name }).catch(undefinedIfGone));
    return pod !== undefined && pod.metadata.uid === uid && !isDone(pod);
  }

  /** Whether it was made for a pod that does not need it any more. Of pods that are gone the garbage collector knows. */
  #isUnused(claim: ResourceClaim): boolean {
    const owner = owningPod(claim);
    const pod = owner && this.#pods.get({ namespace: claim.metadata.namespace, name: owner.name });
    return pod !== undefined && !claim.metadata.deletionTimestamp && (pod.metadata.uid !== owner!.uid || isDone(pod));
  }
}

const hasFinalizer = ({ metadata }: ResourceClaim): boolean => metadata.finalizers?.includes(finalizer) ?? false;

/** With the last reservation goes what was allocated, and with that the finalizer. */
async function release(client: Client, claim: ResourceClaim, reservedFor: ResourceClaimConsumerReference[]): Promise<void> {
  const claims = client.resource(ResourceClaims);
  const { allocation, reservedFor: _, ...rest } = claim.status ?? {};
  const keepsAllocation = allocation && (reservedFor.length > 0 || !hasFinalizer(claim));
  const status = { ...rest, ...(keepsAllocation ? { allocation } : {}), ...(reservedFor.length > 0 ? { reservedFor } : {}) };
  const changed = reservedFor.length < (claim.status?.reservedFor?.length ?? 0) || (allocation && !keepsAllocation);
  const current = changed ? await claims.updateStatus({ ...claim, status }) : claim;
  if (!hasFinalizer(current) || current.status?.allocation) return;
  const finalizers = current.metadata.finalizers!.filter((each) => each !== finalizer);
  await claims.update({ ...current, metadata: { ...current.metadata, finalizers } });
}

function undefinedIfGone(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
  return undefined;
}

function unlessGone(error: unknown): void {
  if (!hasReason(error, "NotFound")) throw error;
}
