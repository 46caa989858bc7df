import { isDeepStrictEqual } from "node:util";
import { apiVersionOf, keyOf, type KubeList, type KubeObject, type New, type ObjectKey } from "../../shared/kubernetes/object.ts";
import type { DeleteOptions } from "../../shared/kubernetes/types.ts";
import type { ResourceType } from "../api/resourceType.ts";
import * as builtIn from "../api/resources.ts";
import { StatusError } from "../api/statusError.ts";
import { rfc3339, type Clock } from "../base/clock.ts";
import { isApply, patched } from "./fakeApiPatches.ts";
import { discoveryOf, parsePath, type ParsedPath } from "./fakeApiPaths.ts";
import { queryMatcher } from "./fakeApiSelectors.ts";
import { deepFreeze } from "./freeze.ts";
import type { ApiRequest, Transport, WatchSink } from "./types.ts";

interface FakeWatch {
  type: ResourceType;
  namespace?: string;
  matches(object: KubeObject): boolean;
  sink: WatchSink;
}

type Scaled = KubeObject & { status?: { replicas?: number }; spec: { replicas?: number; selector?: { matchLabels?: Record<string, string> } } };

interface Change {
  revision: number;
  resource: string;
  event: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
}

type Interceptor = (request: ApiRequest) => unknown;

/**
 * A small API in memory for unit tests of what talks to one: objects, revisions, watches, finalizers, graceful pods,
 * the status subresource, binding and eviction. No defaults, no validation. Time comes from the clock alone.
 */
export class FakeApi implements Transport {
  /** Everything that was sent, in order. */
  readonly requests: ApiRequest[] = [];
  readonly #clock: Clock;
  readonly #types = new Map<string, ResourceType>();
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #watches = new Set<FakeWatch>();
  readonly #interceptors: { match: (request: ApiRequest) => boolean; answer: Interceptor; times: number }[] = [];
  #history: Change[] = [];
  #compacted = 0;
  #revision = 1;
  #generated = 0;

  constructor({ clock, types = [] }: { clock: Clock; types?: ResourceType[] }) {
    this.#clock = clock;
    for (const type of [...(Object.values(builtIn) as ResourceType[]), ...types]) this.#types.set(groupResource(type), type);
  }

  get resourceVersion(): string {
    return String(this.#revision);
  }

  /** Requests that write, as `POST /api/v1/…`: what a unit under test did. */
  get writes(): string[] {
    return this.requests.filter((request) => request.method !== "GET").map(({ method, path }) => `${method} ${path}`);
  }

  // ---- Knobs ----------------------------------------------------------------------------------------------------

  /** Answers the next `times` matching requests by `answer` (which may throw); an answer of undefined lets them through. */
  intercept(match: (request: ApiRequest) => boolean, answer: Interceptor, times = 1): void {
    this.#interceptors.push({ match, answer, times });
  }

  /** Refuses the next `times` requests of this method on paths with this end or part. */
  fail(method: ApiRequest["method"], part: string, error: Error, times = 1): void {
    const refuse = () => {
      throw error;
    };
    this.intercept((request) => request.method === method && request.path.includes(part), refuse, times);
  }

  /** Ends all watches, as a lost connection (error) or the server's time limit does. */
  endWatches(error?: Error): void {
    for (const watch of Array.from(this.#watches)) {
      this.#watches.delete(watch);
      watch.sink.onEnd(error);
    }
  }

  /** Forgets history: a watch from before now is refused as Expired. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#revision;
  }

  bookmark(): void {
    for (const { type, sink } of this.#watches) {
      const object = { apiVersion: apiVersionOf(type), kind: type.kind, metadata: { resourceVersion: this.resourceVersion } };
      sink.onEvent({ type: "BOOKMARK", object: object as KubeObject });
    }
  }

  /** Serves one more resource, as a CustomResourceDefinition would. */
  serve(type: ResourceType): void {
    this.#types.set(groupResource(type), type);
  }

  // ---- The world outside the unit under test ------------------------------------------------------------------------

  /** Stores an object as somebody else would; absent metadata is filled in. */
  put<T extends KubeObject>(type: ResourceType<T>, object: New<T>): T {
    const key = keyOf(object.metadata as ObjectKey);
    const old = this.#of(type).get(key);
    const whole = { ...object, metadata: { ...this.#metadata(object.metadata), ...(old ? { uid: old.metadata.uid } : {}) } } as unknown as T;
    return this.#store(type, whole, old) as T;
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey | string): T | undefined {
    return this.#of(type).get(typeof key === "string" ? key : keyOf(key)) as T | undefined;
  }

  /** The object, or a failure that names it. */
  must<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey | string): T {
    const object = this.get(type, key);
    if (!object) throw new Error(`${type.resource} ${typeof key === "string" ? key : keyOf(key)} is not there`);
    return object;
  }

  all<T extends KubeObject>(type: ResourceType<T>, namespace?: string): T[] {
    const objects = [...this.#of(type).values()] as T[];
    return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
  }

  /** Changes a copy of an object and stores it, status included. */
  change<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey | string, edit: (draft: T) => void): T {
    const old = this.must(type, key);
    const draft = structuredClone(old);
    edit(draft);
    return this.#store(type, draft, old) as T;
  }

  /** Removes an object at once, finalizers or not. */
  remove(type: ResourceType, key: ObjectKey | string): void {
    this.#drop(type, this.must(type, key));
  }

  // ---- Transport ---------------------------------------------------------------------------------------------------

  async send(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    await Promise.resolve();
    request.signal?.throwIfAborted();
    const answer = this.#intercepted(request);
    if (answer !== undefined) return answer;
    if (request.path === "/api" || request.path === "/apis") return discoveryOf([...this.#types.values()], request.path);
    return this.#serve(request, parsePath(request.path, this.#types));
  }

  watch(request: ApiRequest, sink: WatchSink): Disposable {
    this.requests.push(request);
    const { type, namespace } = parsePath(request.path, this.#types);
    const watch: FakeWatch = { type, namespace, matches: queryMatcher(request.query), sink };
    const dispose = { [Symbol.dispose]: () => void this.#watches.delete(watch) };
    try {
      this.#intercepted(request);
      const after = Number(request.query?.resourceVersion ?? 0);
      if (after && after < this.#compacted) throw new StatusError(410, "Expired", `too old resource version: ${after} (${this.#compacted})`);
      this.#watches.add(watch);
      for (const change of this.#history) if (change.revision > after && change.resource === groupResource(type)) deliver(watch, change);
    } catch (error) {
      queueMicrotask(() => sink.onEnd(error as Error));
    }
    return dispose;
  }

  #intercepted(request: ApiRequest): unknown {
    const found = this.#interceptors.find(({ match, times }) => times > 0 && match(request));
    if (!found) return undefined;
    found.times--;
    return found.answer(request);
  }

  #serve(request: ApiRequest, path: ParsedPath): unknown {
    const { method } = request;
    if (path.subresource === "scale") return this.#scale(request, path);
    if (method === "GET") return path.name ? this.#existing(path) : this.#list(request, path);
    if (method === "POST") return path.name ? this.#postSubresource(request, path) : this.#create(request, path);
    if (method === "DELETE") return path.name ? this.#delete(path, request.body as DeleteOptions) : this.#deleteCollection(request, path);
    const old = method === "PUT" || !isApply(request) ? this.#existing(path) : this.#of(path.type).get(keyOf(keyIn(path)));
    if (!old) return this.#create(request, path);
    return this.#update(request, path, old, method === "PUT" ? (request.body as KubeObject) : patched(request, old));
  }

  #existing(path: ParsedPath): KubeObject {
    const object = this.#of(path.type).get(keyOf(keyIn(path)));
    if (object) return object;
    const { type, name } = path;
    throw new StatusError(404, "NotFound", `${groupResource(type)} "${name}" not found`, { name, group: type.group, kind: type.resource });
  }

  #scale(request: ApiRequest, path: ParsedPath): unknown {
    const object = this.#existing(path) as Scaled;
    const replicas = (request.body as Scaled | undefined)?.spec.replicas;
    if (request.method === "PUT") this.change(path.type as ResourceType<Scaled>, keyIn(path), (draft) => (draft.spec.replicas = replicas));
    const { name, namespace, resourceVersion } = object.metadata;
    const selector = Object.entries(object.spec.selector?.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join();
    return {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name, namespace, resourceVersion },
      spec: { replicas: replicas ?? object.spec.replicas ?? 1 },
      status: { replicas: object.status?.replicas ?? 0, selector },
    };
  }

  #list(request: ApiRequest, { type, namespace }: ParsedPath): KubeList<KubeObject> {
    const items = this.all(type, namespace).filter(queryMatcher(request.query));
    return { apiVersion: apiVersionOf(type), kind: `${type.kind}List`, metadata: { resourceVersion: this.resourceVersion }, items };
  }

  #create(request: ApiRequest, path: ParsedPath): KubeObject {
    const { type, namespace } = path;
    const body = request.body as New<KubeObject>;
    const metadata = { ...body.metadata, name: body.metadata.name ?? path.name, ...(type.namespaced ? { namespace } : {}) };
    metadata.name ??= `${metadata.generateName}${(++this.#generated).toString(26).padStart(5, "0")}`;
    if (this.#of(type).has(keyOf(metadata as ObjectKey)))
      throw new StatusError(409, "AlreadyExists", `${groupResource(type)} "${metadata.name}" already exists`, {
        name: metadata.name,
        kind: type.resource,
      });
    const object = { ...structuredClone(body), metadata: this.#metadata(metadata) } as KubeObject;
    if (request.query?.dryRun) return object;
    return this.#store(type, object);
  }

  #update(request: ApiRequest, { type, subresource }: ParsedPath, old: KubeObject, body: KubeObject): KubeObject {
    const expected = body.metadata?.resourceVersion;
    if (expected && expected !== old.metadata.resourceVersion)
      throw new StatusError(
        409,
        "Conflict",
        `Operation cannot be fulfilled on ${groupResource(type)} "${old.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
        { name: old.metadata.name, kind: type.resource },
      );
    const { status: newStatus, ...newRest } = body as KubeObject & { status?: unknown };
    const { status: oldStatus, ...oldRest } = old as KubeObject & { status?: unknown };
    const toStatus = subresource === "status" || subresource === "approval";
    const status = toStatus ? newStatus : oldStatus;
    // Through status, metadata other than labels may change too.
    const rest = toStatus ? { ...oldRest, metadata: { ...newRest.metadata, labels: oldRest.metadata.labels } } : newRest;
    const next = { ...structuredClone(rest), ...(status === undefined ? {} : { status: structuredClone(status) }) };
    // What the server alone decides.
    const { uid, creationTimestamp, deletionTimestamp, generation } = old.metadata;
    next.metadata = { ...next.metadata, uid, creationTimestamp, generation, ...(deletionTimestamp ? { deletionTimestamp } : {}) };
    return request.query?.dryRun ? (next as KubeObject) : this.#store(type, next as KubeObject, old);
  }

  #delete(path: ParsedPath, options: DeleteOptions = {}): unknown {
    const { type } = path;
    const object = this.#existing(path);
    if (options.preconditions?.uid && options.preconditions.uid !== object.metadata.uid)
      throw new StatusError(
        409,
        "Conflict",
        `Precondition failed: UID in precondition: ${options.preconditions.uid}, UID in object meta: ${object.metadata.uid}`,
      );
    const finalizers = new Set(object.metadata.finalizers ?? []);
    if (options.propagationPolicy === "Foreground") finalizers.add("foregroundDeletion");
    if (options.propagationPolicy === "Orphan") finalizers.add("orphan");
    const grace = graceOf(type, object, options);
    const held = finalizers.size > 0 || grace > 0 || namespaceFinalizers(object).length > 0;
    if (!held) return this.#drop(type, object);
    const draft = structuredClone(object);
    draft.metadata.deletionTimestamp ??= rfc3339(this.#clock.now() + grace * 1000);
    if (type.resource === "pods") draft.metadata.deletionGracePeriodSeconds = grace;
    if (finalizers.size > 0) draft.metadata.finalizers = [...finalizers];
    if (type.kind === "Namespace") (draft as KubeObject & { status?: object }).status = { phase: "Terminating" };
    return this.#store(type, draft, object);
  }

  #deleteCollection(request: ApiRequest, path: ParsedPath): unknown {
    for (const object of this.#list(request, path).items)
      this.#delete({ ...path, name: object.metadata.name, namespace: object.metadata.namespace }, request.body as DeleteOptions);
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
  }

  #postSubresource(request: ApiRequest, path: ParsedPath): unknown {
    const pod = this.#existing(path) as KubeObject & { spec: { nodeName?: string } };
    if (path.subresource === "eviction") this.#delete(path, (request.body as { deleteOptions?: DeleteOptions }).deleteOptions);
    if (path.subresource === "binding") {
      if (pod.spec.nodeName) throw new StatusError(409, "Conflict", `pod ${path.name} is already assigned to node "${pod.spec.nodeName}"`);
      const nodeName = (request.body as { target: { name: string } }).target.name;
      this.change(path.type as ResourceType<typeof pod>, keyIn(path), (draft) => (draft.spec.nodeName = nodeName));
    }
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
  }

  // ---- Storage -----------------------------------------------------------------------------------------------------

  #of(type: ResourceType): Map<string, KubeObject> {
    const id = groupResource(type);
    let objects = this.#objects.get(id);
    if (!objects) this.#objects.set(id, (objects = new Map()));
    return objects;
  }

  #metadata(given: Partial<KubeObject["metadata"]>): KubeObject["metadata"] {
    const creationTimestamp = rfc3339(this.#clock.now());
    const uid = `00000000-0000-4000-8000-${String(++this.#generated).padStart(12, "0")}`;
    return { generation: 1, creationTimestamp, uid, ...given } as KubeObject["metadata"];
  }

  #store(type: ResourceType, object: KubeObject, old?: KubeObject): KubeObject {
    const { metadata } = object;
    if (old && sameContent(object, old)) return old;
    if (old && metadata.deletionTimestamp && isReleased(type, object, old)) return this.#drop(type, object);
    const generation = old && !isDeepStrictEqual(specOf(old), specOf(object)) ? (old.metadata.generation ?? 1) + 1 : metadata.generation;
    const resourceVersion = String(++this.#revision);
    const stored = deepFreeze({ ...object, apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...metadata, generation, resourceVersion } });
    this.#of(type).set(keyOf(metadata), stored);
    this.#announce(type, old ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  #drop(type: ResourceType, object: KubeObject): KubeObject {
    const last = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } });
    this.#of(type).delete(keyOf(object.metadata));
    this.#announce(type, "DELETED", last);
    return last;
  }

  #announce(type: ResourceType, event: Change["event"], object: KubeObject): void {
    const change = { revision: this.#revision, resource: groupResource(type), event, object };
    this.#history.push(change);
    for (const watch of Array.from(this.#watches)) if (groupResource(watch.type) === change.resource) deliver(watch, change);
  }
}

const groupResource = (type: { group: string; resource: string }): string => (type.group ? `${type.resource}.${type.group}` : type.resource);

const keyIn = (path: ParsedPath): ObjectKey => ({ name: path.name!, ...(path.type.namespaced ? { namespace: path.namespace } : {}) });

const specOf = (object: KubeObject): unknown => (object as KubeObject & { spec?: unknown }).spec;

const sameContent = (a: KubeObject, b: KubeObject): boolean => isDeepStrictEqual(contentOf(a), contentOf(b));

const contentOf = (object: KubeObject): unknown => ({
  ...object,
  apiVersion: "",
  kind: "",
  metadata: { ...object.metadata, resourceVersion: "", generation: 0 },
});

const namespaceFinalizers = (object: KubeObject): string[] =>
  object.kind === "Namespace" ? ((object as KubeObject & { spec?: { finalizers?: string[] } }).spec?.finalizers ?? []) : [];

/** The last finalizer went: what is being deleted goes. Pods with a grace period wait for a forced deletion. */
const isReleased = (type: ResourceType, object: KubeObject, old: KubeObject): boolean =>
  !object.metadata.finalizers?.length &&
  namespaceFinalizers(object).length === 0 &&
  (Boolean(old.metadata.finalizers?.length) || namespaceFinalizers(old).length > 0) &&
  !(type.resource === "pods" && (object.metadata.deletionGracePeriodSeconds ?? 0) > 0);

function graceOf(type: ResourceType, object: KubeObject, options: DeleteOptions): number {
  if (type.resource !== "pods" || type.group !== "") return 0;
  const pod = object as KubeObject & { spec?: { nodeName?: string; terminationGracePeriodSeconds?: number }; status?: { phase?: string } };
  if (!pod.spec?.nodeName || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return 0;
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

function deliver(watch: FakeWatch, { event, object }: Change): void {
  if (watch.namespace && object.metadata.namespace !== watch.namespace) return;
  if (watch.matches(object)) watch.sink.onEvent({ type: event, object });
}
