import type { ObjectRef } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { isConflict, isNotFound, ServiceError } from "../errors.ts";

const fieldManager = "wherry";

export const getObject = <T extends KubeObject>(cluster: Cluster, ref: ObjectRef): Promise<T> =>
  cluster.connection.json<T>({ path: resourcePath(ref) });

/** Undefined when there is none. */
export async function findObject<T extends KubeObject>(cluster: Cluster, ref: ObjectRef): Promise<T | undefined> {
  try {
    return await getObject<T>(cluster, ref);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A merge patch; of a subresource when one is named. */
export const patchObject = (cluster: Cluster, ref: ObjectRef, body: unknown, subresource = ""): Promise<KubeObject> =>
  cluster.connection.json({
    method: "PATCH",
    path: resourcePath(ref, subresource),
    query: { fieldManager },
    contentType: "application/merge-patch+json",
    body,
  });

export interface ApplyOptions {
  dryRun?: boolean;
  /** Takes fields over from other managers. */
  force?: boolean;
}

/** Server-side apply, strict about unknown fields. */
export const applyObject = (cluster: Cluster, ref: ObjectRef, body: unknown, { dryRun, force }: ApplyOptions = {}): Promise<KubeObject> =>
  cluster.connection.json({
    method: "PATCH",
    path: resourcePath(ref),
    query: { fieldManager, fieldValidation: "Strict", force: force ? true : undefined, dryRun: dryRun ? "All" : undefined },
    contentType: "application/apply-patch+yaml",
    body,
  });

export const deleteObject = (
  cluster: Cluster,
  ref: ObjectRef,
  options: { propagationPolicy?: string; gracePeriodSeconds?: number } = {},
): Promise<unknown> =>
  cluster.connection.json({ method: "DELETE", path: resourcePath(ref), body: { apiVersion: "v1", kind: "DeleteOptions", ...options } });

/** Makes an object again as it was captured; the server gives it a new identity. */
function recreateObject(cluster: Cluster, ref: ObjectRef, captured: KubeObject): Promise<KubeObject> {
  const body = withoutIdentity(captured);
  return cluster.connection.json({ method: "POST", path: resourcePath({ ...ref, name: "" }), query: { fieldManager }, body });
}

const restoreTries = 5;

/** Puts an object back to what was captured of it, whatever has happened since; controllers write to it meanwhile. */
export async function restoreObject(cluster: Cluster, ref: ObjectRef, captured: KubeObject): Promise<KubeObject> {
  for (let tries = 1; ; tries++) {
    const live = await findObject(cluster, ref);
    if (!live) return recreateObject(cluster, ref, captured);
    if (live.metadata.deletionTimestamp)
      throw new ServiceError("terminating", `${kubectlName(ref)} is still being deleted: undo again when it is gone`);
    const body = withoutIdentity(captured);
    Object.assign(body.metadata, { resourceVersion: live.metadata.resourceVersion });
    try {
      return await cluster.connection.json({ method: "PUT", path: resourcePath(ref), query: { fieldManager }, body });
    } catch (error) {
      if (!isConflict(error) || tries === restoreTries) throw error;
    }
  }
}

/** What the server gives an object and takes from nobody. */
function withoutIdentity(captured: KubeObject): KubeObject {
  const copy = structuredClone(captured) as KubeObject & { status?: unknown };
  delete copy.status;
  for (const field of [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const) {
    delete (copy.metadata as Partial<KubeObject["metadata"]>)[field];
  }
  return copy;
}

/** `deployment/web`, as kubectl takes it. */
export const kubectlName = (ref: ObjectRef): string => `${ref.resource.replace(/s$/, "")}/${ref.name}`;

export const namespaceFlag = (ref: ObjectRef): string => (ref.namespace && ref.namespace !== "default" ? ` -n ${ref.namespace}` : "");
