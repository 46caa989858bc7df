import { keyOf, type KubeList, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import { resourcePath, type ResourceType } from "../api/resourceType.ts";
import { StatusError } from "../api/statusError.ts";
import type { ApiRequest, Client, PatchType, Query, ResourceClient, Transport, WriteCause, WriteOptions } from "./types.ts";

const patchContentTypes: Record<PatchType, string> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** Sees every successful write of a client, before its caller does. */
export interface WriteObserver {
  /** `object` is the answer: its resourceVersion is that of the write. */
  wrote(type: ResourceType, object: KubeObject): void;
  deleted(type: ResourceType, key: ObjectKey): void;
  /** A write failed in a way that does not tell whether it was done. `key` has no name when a name was to be generated. */
  uncertain(type: ResourceType, key: { namespace?: string; name?: string }): void;
}

export interface ClientOptions {
  /** Carried by every write that names no cause of its own. */
  cause?: WriteCause;
  observer?: WriteObserver;
}

/** Typed access to the API over `transport`. Every call throws StatusError when the API refuses. */
export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  return {
    transport,
    resource: (type) => resourceClient(transport, type, options),
    because: (cause) => createClient(transport, { ...options, cause }),
  };
}

/** `deployments.apps/default/web` and its revision: what woke a component, as the journal names it. */
export function causeOf(type: ResourceType, object: KubeObject): WriteCause {
  const resource = type.group ? `${type.resource}.${type.group}` : type.resource;
  return { object: `${resource}/${keyOf(object.metadata)}`, resourceVersion: object.metadata.resourceVersion };
}

function resourceClient<T extends KubeObject>(transport: Transport, type: ResourceType<T>, { cause, observer }: ClientOptions): ResourceClient<T> {
  const send = async (key: Partial<ObjectKey>, request: ApiRequest): Promise<unknown> => {
    try {
      return await transport.send(request);
    } catch (error) {
      if (isUncertain(error)) observer?.uncertain(type, key);
      throw error;
    }
  };
  const write = async (key: Partial<ObjectKey>, request: ApiRequest, options: WriteOptions): Promise<T> => {
    const answer = (await send(key, { ...request, query: { ...writeQuery(options), ...request.query }, cause: options.cause ?? cause })) as T;
    if (!options.dryRun && answer.kind === type.kind) observer?.wrote(type, answer);
    return answer;
  };
  const put = (object: T, subresource: string, options: WriteOptions = {}): Promise<T> =>
    write(object.metadata, { method: "PUT", path: resourcePath(type, object.metadata, subresource), body: typed(type, object) }, options);
  return {
    get: async (key) => (await transport.send({ method: "GET", path: resourcePath(type, key) })) as T,
    list: async (namespace, options = {}) =>
      (await transport.send({ method: "GET", path: resourcePath(type, { namespace }), query: { ...options } })) as KubeList<T>,
    create: (object, options = {}) =>
      write(
        object.metadata,
        { method: "POST", path: resourcePath(type, { namespace: object.metadata.namespace }), body: typed(type, object) },
        options,
      ),
    update: (object, options = {}) =>
      write(object.metadata, { method: "PUT", path: resourcePath(type, object.metadata), body: typed(type, object) }, options),
    updateStatus: (object, options) => put(object, "status", options),
    updateSubresource: put,
    patch: (key, patch, { type: patchType = "strategic", subresource, force, ...options } = {}) =>
      write(
        key,
        {
          method: "PATCH",
          path: resourcePath(type, key, subresource),
          query: { force: force ? true : undefined },
          headers: { "content-type": patchContentTypes[patchType] },
          body: patch,
        },
        options,
      ),
    delete: async (key, { cause: ownCause, ...options } = {}) => {
      await send(key, { method: "DELETE", path: resourcePath(type, key), body: deleteBody(options), cause: ownCause ?? cause });
      observer?.deleted(type, key);
    },
    deleteCollection: async (namespace, { cause: ownCause, labelSelector, fieldSelector, ...options } = {}) => {
      const query = { labelSelector, fieldSelector };
      await transport.send({ method: "DELETE", path: resourcePath(type, { namespace }), query, body: deleteBody(options), cause: ownCause ?? cause });
    },
    createSubresource: async <R>(key: ObjectKey, subresource: string, body: unknown, options: WriteOptions = {}) =>
      (await transport.send({
        method: "POST",
        path: resourcePath(type, key, subresource),
        query: writeQuery(options),
        body,
        cause: options.cause ?? cause,
      })) as R,
  };
}

/** Neither done nor refused for sure: a lost connection, a time limit, a failure inside the server. */
const isUncertain = (error: unknown): boolean => !(error instanceof StatusError) || error.code >= 500;

const writeQuery = ({ dryRun, fieldManager }: WriteOptions): Query => ({ dryRun: dryRun ? "All" : undefined, fieldManager });

const typed = (type: ResourceType, object: { apiVersion?: string; kind?: string }): unknown => ({
  ...object,
  apiVersion: object.apiVersion ?? (type.group ? `${type.group}/${type.version}` : type.version),
  kind: object.kind ?? type.kind,
});

const deleteBody = (options: object): unknown => ({ apiVersion: "v1", kind: "DeleteOptions", ...options });
