import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, Pods, VolumeAttributesClasses } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { loopOptions, type Controller } from "../types.ts";
import { attributesClassProtectionFinalizer, claimProtectionFinalizer, volumeProtectionFinalizer } from "./annotations.ts";
import { claimsOf, ephemeralClaimName, indexByClaim, notMadeFor, podsOfClaim } from "./podClaims.ts";

/** Keeps a claim while a pod on a node uses it. */
export const claimProtection: Controller = {
  name: "persistentvolumeclaim-protection-controller",
  account: "pvc-protection-controller",
  start(context) {
    const claims = context.informers.of(PersistentVolumeClaims);
    const pods = indexByClaim(context.informers.of(Pods));
    return runReconciler({
      ...loopOptions(context),
      name: "claim-protection",
      sources: [source(claims), source(pods, claimsOf, (pod, old) => isShutDown(pod) !== isShutDown(old))],
      async reconcile(key, { client }) {
        const claim = claims.get(key);
        if (!claim) return;
        if (!claim.metadata.deletionTimestamp) return protect(client, PersistentVolumeClaims, claim, claimProtectionFinalizer);
        const users = podsOfClaim(pods, key).filter((pod) => uses(pod, claim));
        if (users.length === 0 && !(await isUsedLive(client, claim))) await release(client, PersistentVolumeClaims, claim, claimProtectionFinalizer);
      },
    });
  },
};

/** A pod that is not on a node yet counts not: no kubelet starts it with a claim that is being deleted. */
const uses = (pod: Pod, claim: PersistentVolumeClaim): boolean =>
  Boolean(pod.spec.nodeName) &&
  (pod.spec.volumes ?? []).some((volume) => {
    if (volume.persistentVolumeClaim?.claimName === claim.metadata.name) return true;
    return !isShutDown(pod) && volume.ephemeral && ephemeralClaimName(pod, volume) === claim.metadata.name && !notMadeFor(pod, claim);
  });

/** The kubelet is done with it, or nobody waits for the kubelet: only finalizers hold the object. */
const isShutDown = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;

/** The cache may not have a pod yet that was made a moment ago. */
async function isUsedLive(client: Client, claim: PersistentVolumeClaim): Promise<boolean> {
  if (!claim.metadata.finalizers?.includes(claimProtectionFinalizer)) return false;
  const { items } = await client.resource(Pods).list(claim.metadata.namespace);
  return items.some((pod) => uses(pod, claim));
}

/** Keeps a volume while it is bound. */
export const volumeProtection: Controller = {
  name: "persistentvolume-protection-controller",
  account: "pv-protection-controller",
  start(context) {
    const volumes = context.informers.of(PersistentVolumes);
    return runReconciler({
      ...loopOptions(context),
      name: "volume-protection",
      sources: [source(volumes)],
      async reconcile(name, { client }) {
        const volume = volumes.get(name);
        if (!volume) return;
        if (!volume.metadata.deletionTimestamp) await protect(client, PersistentVolumes, volume, volumeProtectionFinalizer);
        else if (volume.status?.phase !== "Bound") await release(client, PersistentVolumes, volume, volumeProtectionFinalizer);
      },
    });
  },
};

/** Keeps a VolumeAttributesClass while a claim or volume has it. */
export const attributesClassProtection: Controller = {
  name: "volumeattributesclass-protection-controller",
  account: "volumeattributesclass-protection-controller",
  start(context) {
    const classes = context.informers.of(VolumeAttributesClasses);
    const claims = context.informers.of(PersistentVolumeClaims);
    const volumes = context.informers.of(PersistentVolumes);
    claims.addIndex("attributesClass", attributesClassesOf);
    volumes.addIndex("attributesClass", ({ spec }) => named(spec?.volumeAttributesClassName));
    const isUsed = (name: string) => claims.byIndex("attributesClass", name).length + volumes.byIndex("attributesClass", name).length > 0;
    return runReconciler({
      ...loopOptions(context),
      name: "attributes-class-protection",
      sources: [source(classes), source(claims, attributesClassesOf), source(volumes, ({ spec }) => named(spec?.volumeAttributesClassName))],
      async reconcile(name, { client }) {
        const found = classes.get(name);
        if (!found) return;
        if (!found.metadata.deletionTimestamp) await protect(client, VolumeAttributesClasses, found, attributesClassProtectionFinalizer);
        else if (!isUsed(name)) await release(client, VolumeAttributesClasses, found, attributesClassProtectionFinalizer);
      },
    });
  },
};

const named = (name: string | undefined): string[] => (name ? [name] : []);

/** What it asks for, has, and is on the way to. */
const attributesClassesOf = ({ spec, status }: PersistentVolumeClaim): string[] => [
  ...new Set([
    ...named(spec?.volumeAttributesClassName),
    ...named(status?.currentVolumeAttributesClassName),
    ...named(status?.modifyVolumeStatus?.targetVolumeAttributesClassName),
  ]),
];

/** Objects from before the admission plugin was there lack the finalizer. */
async function protect<T extends KubeObject>(client: Client, type: ResourceType<T>, object: T, finalizer: string): Promise<void> {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer)) return;
  await client.resource(type).update({ ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } });
}

async function release<T extends KubeObject>(client: Client, type: ResourceType<T>, object: T, finalizer: string): Promise<void> {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  await client.resource(type).update({ ...object, metadata: { ...object.metadata, finalizers: finalizers.filter((each) => each !== finalizer) } });
}
