import { parseApiVersion } from "../../../shared/kubernetes/object.ts";
import type {
  Deployment,
  OwnerReference,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../../../shared/kubernetes/types.ts";
import { Deployments, ReplicaSets, ReplicationControllers, StatefulSets } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Informers, Transport } from "../../client/types.ts";
import { controllerOf } from "../owners.ts";
import { readScale } from "../scale.ts";
import type { ServedResources } from "../servedResources.ts";

export interface ScaleAccess {
  transport: Transport;
  informers: Informers;
  served: ServedResources;
}

export interface Expected {
  count: number;
  /** Names of pods that no controller has, where the controllers' sizes count. */
  unmanaged: string[];
}

/** Kinds whose sizes are read from caches; others are asked for their scale. */
const known = [ReplicaSets, ReplicationControllers, StatefulSets] as const;

export const countedKinds = [...known, Deployments];

/**
 * How many pods there should be: what their controllers want, or (with a fixed minimum) what there is.
 * @throws Error when a pod's controller has no size
 */
export async function expectedPods(access: ScaleAccess, { spec }: PodDisruptionBudget, pods: Pod[]): Promise<Expected> {
  const fixed = typeof spec?.minAvailable === "number" && spec.maxUnavailable === undefined;
  if (fixed) return { count: pods.length, unmanaged: [] };
  const sizes = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const reference = controllerOf(pod);
    if (!reference) unmanaged.push(pod.metadata.name);
    if (!reference || seen.has(reference.uid)) continue;
    seen.add(reference.uid);
    const size = (await sizeOf(access, reference, pod.metadata.namespace)) ?? notFound(pod);
    sizes.set(size.uid, size.replicas);
  }
  return { count: [...sizes.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

interface Size {
  /** Of what has the size: a Deployment for a pod of its ReplicaSet. */
  uid: string;
  replicas: number;
}

function notFound(pod: Pod): never {
  throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
}

async function sizeOf(access: ScaleAccess, reference: OwnerReference, namespace: string): Promise<Size | undefined> {
  const type = known.find(({ kind, group }) => kind === reference.kind && group === parseApiVersion(reference.apiVersion).group);
  if (!type) return scaleOf(access, reference, namespace);
  const owner = access.informers.of(type as typeof ReplicaSets).get({ namespace, name: reference.name }) as
    | ReplicaSet
    | ReplicationController
    | StatefulSet
    | undefined;
  if (owner?.metadata.uid !== reference.uid) return undefined;
  const above = controllerOf(owner);
  const deployment: Deployment | undefined =
    above?.kind === "Deployment" ? access.informers.of(Deployments).get({ namespace, name: above.name }) : undefined;
  const sized = deployment?.metadata.uid === above?.uid && deployment ? deployment : owner;
  return { uid: sized.metadata.uid, replicas: sized.spec?.replicas ?? 1 };
}

async function scaleOf({ transport, served }: ScaleAccess, reference: OwnerReference, namespace: string): Promise<Size | undefined> {
  try {
    const { scale } = await readScale(transport, served, namespace, reference);
    return scale.metadata.uid === reference.uid ? { uid: reference.uid, replicas: scale.spec?.replicas ?? 0 } : undefined;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    await refuseWithoutScale(transport, served, reference);
    return undefined;
  }
}

/** @throws Error when the controller's kind can't be scaled */
async function refuseWithoutScale(transport: Transport, served: ServedResources, { kind, apiVersion }: OwnerReference): Promise<void> {
  const { group } = parseApiVersion(apiVersion);
  const [type] = await served.find(transport, (each) => each.kind === kind && each.group === group);
  if (type && !type.subresources.includes("scale"))
    throw new Error(`${group ? `${type.resource}.${group}` : type.resource} does not implement the scale subresource`);
}
