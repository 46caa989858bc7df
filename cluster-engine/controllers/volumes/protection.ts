import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, Pods } from "../../api/resources.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type Controller } from "../types.ts";

const claimFinalizer = "kubernetes.io/pvc-protection";
const volumeFinalizer = "kubernetes.io/pv-protection";

/** The keys of the claims that a pod uses, generic ephemeral ones included. */
const claimsUsedBy = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
    return claim ? [`${metadata.namespace}/${claim}`] : [];
  });

/** Lets a claim that is being deleted go once no pod uses it. */
export const claimProtection: Controller = {
  name: "persistentvolumeclaim-protection-controller",
  account: "pvc-protection-controller",
  start(context) {
    const claims = context.informers.of(PersistentVolumeClaims);
    const pods = context.informers.of(Pods);
    pods.addIndex("claim", (pod) => (isTerminal(pod) ? [] : claimsUsedBy(pod)));
    return runReconciler({
      ...loopOptions(context),
      name: "claim-protection",
      sources: [source(claims), source(pods, claimsUsedBy, (pod, old) => isTerminal(pod) !== isTerminal(old))],
      async reconcile(key, { client }) {
        const claim = claims.get(key);
        if (claim?.metadata.deletionTimestamp && pods.byIndex("claim", key).length === 0)
          await release(client, PersistentVolumeClaims, claim, claimFinalizer);
      },
    });
  },
};

/** Lets a volume that is being deleted go once it is not bound. */
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
        if (volume?.metadata.deletionTimestamp && volume.status?.phase !== "Bound") await release(client, PersistentVolumes, volume, volumeFinalizer);
      },
    });
  },
};

async function release<T extends KubeObject>(client: Client, type: ResourceType<T>, object: T, finalizer: string): Promise<void> {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  await client.resource(type).update({ ...object, metadata: { ...object.metadata, finalizers: finalizers.filter((each) => each !== finalizer) } });
}
