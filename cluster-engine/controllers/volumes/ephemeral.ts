import type { PersistentVolumeClaim, Pod, Volume } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, Pods } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { controllerReference } from "../owners.ts";
import { loopOptions, type Controller } from "../types.ts";
import { ephemeralClaimName, indexByClaim, notMadeFor, podsOfClaim } from "./podClaims.ts";
import { keyOf } from "../../../shared/kubernetes/object.ts";

const isConcerned = ({ metadata, spec }: Pod): boolean => !metadata.deletionTimestamp && (spec.volumes ?? []).some(({ ephemeral }) => ephemeral);

const keysOf = (pod: Pod): string[] => (isConcerned(pod) ? [keyOf(pod.metadata)] : []);

/** Makes the claims of pods' generic ephemeral volumes; the garbage collector removes them with the pod. */
export const ephemeralVolumeController: Controller = {
  name: "ephemeral-volume-controller",
  account: "ephemeral-volume-controller",
  component: "ephemeral_volume",
  start(context) {
    const pods = indexByClaim(context.informers.of(Pods));
    const claims = context.informers.of(PersistentVolumeClaims);
    return runReconciler({
      ...loopOptions(context),
      name: "ephemeral-volumes",
      sources: [
        source(pods, keysOf, () => false),
        source(
          claims,
          ({ metadata }) => podsOfClaim(pods, keyOf(metadata)).flatMap(keysOf),
          () => false,
        ),
      ],
      async reconcile(key, { client }) {
        const pod = pods.get(key);
        if (!pod || pod.metadata.deletionTimestamp) return;
        for (const volume of pod.spec.volumes ?? []) {
          const problem = volume.ephemeral && (await ensureClaim({ client, claims, pod, volume }));
          if (!problem) continue;
          const message = `ephemeral volume ${volume.name}: ${problem}`;
          context.events.event(pod, "Warning", "FailedBinding", message);
          throw new Error(message);
        }
      },
    });
  },
};

interface Request {
  client: Client;
  claims: Informer<PersistentVolumeClaim>;
  pod: Pod;
  volume: Volume;
}

/** Why the pod can't have its claim; undefined when it has. */
async function ensureClaim({ client, claims, pod, volume }: Request): Promise<string | undefined> {
  const name = ephemeralClaimName(pod, volume);
  const { namespace } = pod.metadata;
  const present = claims.get({ namespace, name });
  if (present) return notMadeFor(pod, present);
  const { metadata, spec } = volume.ephemeral!.volumeClaimTemplate!;
  const { labels, annotations } = metadata ?? {};
  const ownerReferences = [controllerReference(Pods, pod)];
  try {
    await client.resource(PersistentVolumeClaims).create({ metadata: { name, namespace, ownerReferences, labels, annotations }, spec });
    return undefined;
  } catch (error) {
    return `create PVC ${name}: ${(error as Error).message}`;
  }
}
