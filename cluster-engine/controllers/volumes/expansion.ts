import { keyOf } from "../../../shared/kubernetes/object.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimCondition,
  PersistentVolumeClaimStatus,
} from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import type { VolumeStorage } from "../../cloud/volumes.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { provisionedBy, storageResizer } from "./annotations.ts";
import { requestOf, sizeOf } from "./binding.ts";

/** Grows the volumes of claims that ask for more than they have. Volumes of others wait for their own resizer. */
export const expandController: Controller = {
  name: "persistentvolume-expander-controller",
  account: "expand-controller",
  component: "volume_expand",
  start(context) {
    const claims = context.informers.of(PersistentVolumeClaims);
    const volumes = context.informers.of(PersistentVolumes);
    const expander = new Expander(context, claims, volumes);
    return runReconciler({
      ...loopOptions(context),
      name: "expand-volumes",
      sources: [source(claims)],
      reads: [volumes],
      reconcile: (key, { client }) => expander.reconcile(client, key),
    });
  },
};

class Expander {
  readonly #context: ControllerContext;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;

  constructor(context: ControllerContext, claims: Informer<PersistentVolumeClaim>, volumes: Informer<PersistentVolume>) {
    this.#context = context;
    this.#claims = claims;
    this.#volumes = volumes;
  }

  async reconcile(client: Client, key: string): Promise<void> {
    const claim = this.#claims.get(key);
    if (!claim || claim.status?.phase !== "Bound" || !wantsMore(claim)) return;
    const volume = this.#volumes.get(claim.spec?.volumeName ?? "");
    if (!volume || volume.spec?.claimRef?.uid !== claim.metadata.uid) throw new Error(`persistent Volume is not bound to PVC being updated : ${key}`);
    const { events, inputs } = this.#context;
    const storage = inputs.volumes;
    if (storage && volume.metadata.annotations?.[provisionedBy] === storage.provisioner) return this.#expand({ client, claim, volume, storage });
    events.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC");
  }

  async #expand({ client, claim, volume, storage }: Expansion): Promise<void> {
    const { events, clock } = this.#context;
    const claims = client.resource(PersistentVolumeClaims);
    const size = aimOf(claim, volume);
    try {
      const begun = await claims.updateStatus(inProgress(claim, storage.provisioner, size, rfc3339(clock.now())));
      await storage.expand(volume, size);
      await growVolume(client, volume, size);
      const grown = await claims.updateStatus({ ...begun, status: finished(begun.status, size) });
      events.event(grown, "Normal", "VolumeResizeSuccessful", `ExpandVolume succeeded for volume ${keyOf(claim.metadata)}`);
    } catch (error) {
      events.event(claim, "Warning", "VolumeResizeFailed", `error expanding pvc ${keyOf(claim.metadata)}: ${(error as Error).message}`);
      throw error;
    }
  }
}

interface Expansion {
  client: Client;
  claim: PersistentVolumeClaim;
  volume: PersistentVolume;
  storage: VolumeStorage;
}

const wantsMore = (claim: PersistentVolumeClaim): boolean => requestOf(claim).compare(parseQuantity(claim.status?.capacity?.["storage"] ?? 0)) > 0;

/** An expansion that was begun goes to where it was bound for, whatever the claim asks by now; then it goes on. */
function aimOf(claim: PersistentVolumeClaim, volume: PersistentVolume): string {
  const { allocatedResources, allocatedResourceStatuses } = claim.status ?? {};
  const begun = allocatedResourceStatuses?.["storage"] !== undefined ? allocatedResources?.["storage"] : undefined;
  const aim = begun ?? requestOf(claim).toString();
  return sizeOf(volume).compare(parseQuantity(aim)) > 0 ? sizeOf(volume).toString() : String(aim);
}

/** In one write: the conditions, what is allocated, and who does it. */
function inProgress(claim: PersistentVolumeClaim, resizer: string, size: string, now: string): PersistentVolumeClaim {
  const status: PersistentVolumeClaimStatus = {
    ...claim.status,
    allocatedResources: { ...claim.status?.allocatedResources, storage: size },
    allocatedResourceStatuses: { ...claim.status?.allocatedResourceStatuses, storage: "ControllerResizeInProgress" },
    conditions: [...otherConditions(claim.status), { type: "Resizing", status: "True", lastTransitionTime: now }],
  };
  return { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [storageResizer]: resizer } }, status };
}

function finished(status: PersistentVolumeClaimStatus | undefined, size: string): PersistentVolumeClaimStatus {
  const { allocatedResourceStatuses, conditions: _conditions, ...rest } = status ?? {};
  const { storage: _done, ...statuses } = allocatedResourceStatuses ?? {};
  const conditions = otherConditions(status);
  return {
    ...rest,
    capacity: { ...rest.capacity, storage: size },
    ...(Object.keys(statuses).length > 0 ? { allocatedResourceStatuses: statuses } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

const resizeConditions = ["FileSystemResizePending", "Resizing", "ControllerResizeError", "NodeResizeError"];

const otherConditions = (status: PersistentVolumeClaimStatus | undefined): PersistentVolumeClaimCondition[] =>
  (status?.conditions ?? []).filter(({ type }) => !resizeConditions.includes(type));

async function growVolume(client: Client, volume: PersistentVolume, size: string): Promise<void> {
  if (sizeOf(volume).compare(parseQuantity(size)) >= 0) return;
  await client.resource(PersistentVolumes).patch(volume.metadata, { spec: { capacity: { storage: size } } }, { type: "merge" });
}
