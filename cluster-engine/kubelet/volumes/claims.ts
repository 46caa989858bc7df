import type { Container, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import type { Client } from "../../client/types.ts";

const bindCompleted = "pv.kubernetes.io/bind-completed";
const protection = "kubernetes.io/pvc-protection";

/** The PersistentVolume behind a volume of a pod. */
export interface ClaimedVolume {
  persistentVolume: PersistentVolume;
  /** The pod may only read it. */
  readOnly: boolean;
}

export const isClaimed = ({ persistentVolumeClaim, ephemeral }: Volume): boolean => Boolean(persistentVolumeClaim ?? ephemeral);

/** The names of those that can't be used yet, and why, in the words of a FailedMount event. */
export class UnusableVolumes extends Error {
  constructor(problems: Map<string, string>) {
    const names = [...problems.keys()].toSorted().join(" ");
    const why = [...problems.values()].join("; ");
    super(`Unable to attach or mount volumes: unmounted volumes=[${names}], unattached volumes=[], failed to process volumes=[${names}]: ${why}`);
  }
}

/** Finds the volumes of claims, by volume name. @throws UnusableVolumes */
export async function findClaimed(client: Client, pod: Pod, volumes: Volume[]): Promise<Map<string, ClaimedVolume>> {
  const found = new Map<string, ClaimedVolume>();
  const problems = new Map<string, string>();
  await Promise.all(
    volumes.map(async (volume) => {
      try {
        found.set(volume.name, await claimed(client, pod, volume));
      } catch (error) {
        problems.set(volume.name, (error as Error).message);
      }
    }),
  );
  if (problems.size > 0) throw new UnusableVolumes(problems);
  return found;
}

async function claimed(client: Client, pod: Pod, volume: Volume): Promise<ClaimedVolume> {
  const { claimName = `${pod.metadata.name}-${volume.name}`, readOnly = false } = volume.persistentVolumeClaim ?? {};
  const key = `${pod.metadata.namespace}/${claimName}`;
  const claim = await getClaim(client, pod, claimName).catch((error: Error) => {
    throw new Error(`error processing PVC ${key}: ${error.message}`, { cause: error });
  });
  if (volume.ephemeral && !claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.metadata.uid))
    throw new Error(`PVC ${key} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`);
  const persistentVolume = await getVolume(client, claim).catch((error: Error) => {
    throw new Error(`error processing PVC ${key}: ${error.message}`, { cause: error });
  });
  checkMode(pod, volume, persistentVolume);
  return { persistentVolume, readOnly };
}

async function getClaim(client: Client, { metadata: { namespace } }: Pod, name: string): Promise<PersistentVolumeClaim> {
  const claim = await client
    .resource(PersistentVolumeClaims)
    .get({ namespace, name })
    .catch((error: Error) => {
      throw new Error(`failed to fetch PVC from API server: ${error.message}`, { cause: error });
    });
  // One that is protected is kept for pods that run already.
  if (claim.metadata.deletionTimestamp && !claim.metadata.finalizers?.includes(protection)) throw new Error("PVC is being deleted");
  if (!isBound(claim)) throw new Error("PVC is not bound");
  if (!claim.spec?.volumeName) throw new Error("PVC has empty pvc.Spec.VolumeName");
  return claim;
}

/** The phase follows in a second write, which the scheduler does not wait for. */
const isBound = ({ metadata, status }: PersistentVolumeClaim): boolean =>
  status?.phase === "Bound" || (status?.phase !== "Lost" && metadata.annotations?.[bindCompleted] !== undefined);

async function getVolume(client: Client, claim: PersistentVolumeClaim): Promise<PersistentVolume> {
  const name = claim.spec!.volumeName!;
  const volume = await client
    .resource(PersistentVolumes)
    .get({ name })
    .catch((error: Error) => {
      throw new Error(`failed to fetch PV ${name} from API server: ${error.message}`, { cause: error });
    });
  const reference = volume.spec?.claimRef;
  if (!reference) throw new Error(`found PV object ${name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  if (reference.uid !== claim.metadata.uid)
    throw new Error(`found PV object ${name} but its pv.Spec.ClaimRef.UID ${reference.uid} does not point to claim.UID ${claim.metadata.uid}`);
  return volume;
}

function checkMode({ spec }: Pod, { name }: Volume, { spec: volume }: PersistentVolume): void {
  const mode = volume?.volumeMode ?? "Filesystem";
  const containers: Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
  if (mode !== "Filesystem" && containers.some(({ volumeMounts }) => volumeMounts?.some((mount) => mount.name === name)))
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeMounts`);
  if (mode !== "Block" && containers.some(({ volumeDevices }) => volumeDevices?.some((device) => device.name === name)))
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeDevices`);
}
