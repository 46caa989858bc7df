import type { KubeList, KubeObject, New, ObjectKey } from "../../shared/kubernetes/object.ts";
import type { DeleteOptions, Status } from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "../api/resourceType.ts";

/** Query parameters of a request; undefined ones are left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path without the query: `/api/v1/namespaces/default/pods`. */
  path: string;
  query?: Query;
  /** Lower-case names. `content-type` defaults to application/json. */
  headers?: Record<string, string>;
  body?: unknown;
  /** What woke the sender: recorded in the journal with the write. */
  cause?: WriteCause;
  signal?: AbortSignal;
}

/** The object and revision that made a component write. */
export interface WriteCause {
  /** `deployments.apps/default/web`. */
  object: string;
  resourceVersion: string;
  /** Revisions of the other events that the same run acted on; at most 16. */
  also?: string[];
}

export interface WatchSink {
  /** BOOKMARK events carry only `metadata.resourceVersion`. ERROR events carry a Status. */
  onEvent(event: { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"; object: KubeObject | Status }): void;
  /** The stream ended: by the server's time limit (no error), a lost connection, or a refusal (StatusError). */
  onEnd(error?: Error): void;
}

/**
 * How a client reaches the API: in process (objects are the API server's own, frozen) or by HTTPS.
 * Both go through the same authentication, authorization and admission.
 */
export interface Transport {
  /** The decoded answer. @throws StatusError for every answer other than success. */
  send(request: ApiRequest): Promise<unknown>;
  watch(request: ApiRequest, sink: WatchSink): Disposable;
}

export interface ListOptions {
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
  limit?: number;
  continue?: string;
}

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  cause?: WriteCause;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

/** Verbs on one resource. Every method throws StatusError. */
export interface ResourceClient<T extends KubeObject> {
  get(key: ObjectKey): Promise<T>;
  /** All namespaces when `namespace` is absent. */
  list(namespace?: string, options?: ListOptions): Promise<KubeList<T>>;
  create(object: New<T>, options?: WriteOptions): Promise<T>;
  /** Replaces; a `resourceVersion` in the object is a precondition. */
  update(object: T, options?: WriteOptions): Promise<T>;
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  /** PUTs to another subresource: `finalize`, `approval`. */
  updateSubresource(object: T, subresource: string, options?: WriteOptions): Promise<T>;
  patch(key: ObjectKey, patch: unknown, options?: WriteOptions & { type?: PatchType; subresource?: string; force?: boolean }): Promise<T>;
  delete(key: ObjectKey, options?: DeleteOptions & { cause?: WriteCause }): Promise<void>;
  /** Deletes all that match, in one namespace or (cluster-scoped kinds) all of them. */
  deleteCollection(
    namespace?: string,
    options?: DeleteOptions & { labelSelector?: string; fieldSelector?: string; cause?: WriteCause },
  ): Promise<void>;
  /** POSTs to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<R>(key: ObjectKey, subresource: string, body: unknown, options?: WriteOptions): Promise<R>;
}

export interface Client {
  resource<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T>;
  /** The same access, for a run that looks at many objects: writes carry this cause. */
  because(cause: WriteCause): Client;
  readonly transport: Transport;
}

export interface InformerHandlers<T> {
  onAdd?(object: T): void;
  onUpdate?(object: T, old: T): void;
  /** The last known state. */
  onDelete?(object: T): void;
}

/** A cache of one resource, kept by list and watch. Objects are shared and frozen: copy before a change. */
export interface Informer<T extends KubeObject> {
  readonly type: ResourceType<T>;
  /** Resolves when the first list is in the cache and its handlers have run. */
  readonly synced: Promise<void>;
  /** True once `synced` has resolved. */
  readonly isSynced: boolean;
  /** The newest revision that the cache is known to reflect; "" before the first list. */
  readonly resourceVersion: string;
  /** Resolves when the cache reflects `resourceVersion`: after a write with that answer it holds the write or something newer. */
  reaches(resourceVersion: string): Promise<void>;
  /** Resolves when the object with this uid is absent, or being deleted. */
  losesSight(key: string, uid: string): Promise<void>;
  get(key: ObjectKey | string): T | undefined;
  list(namespace?: string): T[];
  /** Objects with this value of an index. @throws when the index was not added. */
  byIndex(index: string, value: string): T[];
  /** Adds an index: `values` gives the index values of an object. */
  addIndex(index: string, values: (object: T) => string[]): void;
  /** Handlers see the present objects as adds first. */
  handle(handlers: InformerHandlers<T>): Disposable;
}

/** One informer a resource, shared by all parts of a process. */
export interface Informers extends Disposable {
  of<T extends KubeObject>(type: ResourceType<T>): Informer<T>;
  /** The informer, if some part asked for it before. Starts nothing. */
  existing<T extends KubeObject>(type: ResourceType<T>): Informer<T> | undefined;
  /** Stops and drops the informer of a resource that is served no more. */
  forget(type: ResourceType): void;
}
