import type { ObjectRef } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ControllerRevision, Deployment, PodTemplateSpec, ReplicaSet } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ServiceError } from "../errors.ts";
import { getObject } from "../objects/api.ts";
import { selects } from "../views/labelSelector.ts";
import { known } from "../watch/resources.ts";

const revisionAnnotation = "deployment.kubernetes.io/revision";
const causeAnnotation = "kubernetes.io/change-cause";
const hashLabel = "pod-template-hash";

export interface Revision {
  revision: number;
  at: number;
  cause?: string;
  images: string[];
  replicas: number;
  current: boolean;
  /** The patch of the workload that brings this revision back. */
  template: unknown;
}

const imagesOf = (template: PodTemplateSpec | undefined): string[] => (template?.spec?.containers ?? []).map(({ image }) => image ?? "");

/** The revisions of a Deployment, StatefulSet or DaemonSet, newest first. */
export async function revisionsOf(cluster: Cluster, ref: ObjectRef): Promise<Revision[]> {
  const object = await getObject<Deployment>(cluster, ref);
  const found = object.kind === "Deployment" ? await replicaSetRevisions(cluster, object) : await controllerRevisions(cluster, object);
  return found.sort((a, b) => b.revision - a.revision);
}

async function owned<T extends KubeObject>(cluster: Cluster, owner: Deployment, resource: "replicasets" | "controllerrevisions"): Promise<T[]> {
  const { items } = await cluster.connection.json<{ items: T[] }>({
    path: resourcePath({ ...known[resource], namespace: owner.metadata.namespace }),
  });
  return items.filter(
    (item) => item.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) && selects(owner.spec.selector, item.metadata.labels),
  );
}

async function replicaSetRevisions(cluster: Cluster, deployment: Deployment): Promise<Revision[]> {
  const sets = await owned<ReplicaSet>(cluster, deployment, "replicasets");
  const current = deployment.metadata.annotations?.[revisionAnnotation];
  return sets.map((set) => {
    const template = structuredClone(set.spec.template);
    if (template?.metadata?.labels) delete template.metadata.labels[hashLabel];
    const cause = set.metadata.annotations?.[causeAnnotation];
    const revision = set.metadata.annotations?.[revisionAnnotation] ?? "0";
    return {
      revision: Number(revision),
      at: Date.parse(set.metadata.creationTimestamp),
      ...(cause ? { cause } : {}),
      images: imagesOf(template),
      replicas: set.status?.replicas ?? 0,
      current: revision === current,
      template: { spec: { template } },
    };
  });
}

async function controllerRevisions(cluster: Cluster, set: Deployment): Promise<Revision[]> {
  const revisions = await owned<ControllerRevision>(cluster, set, "controllerrevisions");
  const newest = Math.max(0, ...revisions.map(({ revision }) => revision));
  return revisions.map(({ metadata, revision, data }) => {
    const template = data as { spec?: { template?: PodTemplateSpec } };
    const cause = metadata.annotations?.[causeAnnotation];
    return {
      revision,
      at: Date.parse(metadata.creationTimestamp),
      ...(cause ? { cause } : {}),
      images: imagesOf(template.spec?.template),
      replicas: 0,
      current: revision === newest,
      template,
    };
  });
}

/** The revision to go back to: the named one, or the one before the present for 0. */
export async function findRevision(cluster: Cluster, ref: ObjectRef, wanted: number): Promise<Revision> {
  const revisions = await revisionsOf(cluster, ref);
  const found = wanted === 0 ? revisions.filter(({ current }) => !current)[0] : revisions.find(({ revision }) => revision === wanted);
  if (!found)
    throw new ServiceError(
      "no-revision",
      wanted === 0 ? `${ref.name} has no earlier revision` : `${ref.name} has no revision ${wanted}: it may be older than the history that is kept`,
    );
  return found;
}
