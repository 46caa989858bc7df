import type { KubeObject, ObjectKey } from "../../../shared/kubernetes/object.ts";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import { canonicalObject, decodeObject } from "../../api/decode.ts";
import { findResource, type ResourceEntry } from "../../api/resourceTable.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { schemaOf } from "../../api/schemas.ts";
import { StatusError } from "../../api/statusError.ts";
import { invalid } from "../../api/validationErrors.ts";
import { FakeClock, rfc3339 } from "../../base/clock.ts";
import { nameSuffix, seededRandom } from "../../base/random.ts";
import { admissionPlugins } from "../admission/registry.ts";
import type { AdmissionAttributes } from "../admission/types.ts";
import type { Strategy, StrategyContext } from "../strategy.ts";
import { createStrategies } from "./registry.ts";
import type { ServiceRanges } from "./serviceAllocation.ts";

/** No webhook is called here. */
const plugins = admissionPlugins(() => Promise.reject(new Error("no webhooks")));

export interface CreateRequest {
  path: string;
  body: KubeObject;
}

interface Attributed {
  operation: "CREATE" | "UPDATE";
  entry: ResourceEntry;
  namespace: string;
  object: KubeObject;
  oldObject?: KubeObject;
  subresource?: string;
}

const admin: UserInfo = { username: "admin", groups: ["system:masters", "system:authenticated"] };

/** Objects in memory, and the road that a POST or a PUT takes through defaults, admission and strategies to get there. */
export class Writes {
  readonly #strategyFor: ReturnType<typeof createStrategies>;
  readonly warnings: string[] = [];
  /** Who writes. */
  user = admin;
  readonly #objects = new Map<string, KubeObject>();
  readonly #random = seededRandom(1);
  readonly #clock = new FakeClock();
  readonly #requestClock = stepping(this.#clock);
  #uids = 0;
  #versions = 0;

  constructor(ranges: ServiceRanges = { serviceCIDR: "10.96.0.0/16", nodePortRange: { from: 30000, to: 32767 } }) {
    this.#strategyFor = createStrategies(ranges);
  }

  /** @throws StatusError */
  async create({ path, body }: CreateRequest): Promise<KubeObject> {
    const { entry, namespace } = parsePath(path);
    const schema = schemaOf(entry)!;
    const object = decodeObject(body, schema, "Ignore").object as unknown as KubeObject;
    object.apiVersion = body.apiVersion;
    object.kind = entry.kind;
    this.#fillMetadata(object, namespace);
    const strategy = this.#strategyFor(entry);
    const context = this.#context();
    strategy.setDefaults?.(object);
    const attributes = this.#attributes({ operation: "CREATE", entry, namespace, object });
    for (const plugin of plugins) await plugin.admit?.(attributes, context);
    await strategy.prepareForCreate?.(object, context);
    const problems = (await strategy.validate?.(object, context)) ?? [];
    if (problems.length > 0) throw invalid(entry, object.metadata.name ?? "", problems);
    for (const plugin of plugins) await plugin.validate?.(attributes, context);
    this.warnings.push(...(strategy.warnings?.(object, undefined) ?? []));
    const stored = canonicalObject(object, schema);
    this.#objects.set(keyOf(entry, { namespace, name: object.metadata.name }), stored);
    return stored;
  }

  #attributes({ entry, subresource = "", ...request }: Attributed): AdmissionAttributes {
    const { name } = request.object.metadata;
    const setDefaults = (object: KubeObject) => this.#strategyFor(entry).setDefaults?.(object);
    return {
      ...request,
      resource: entry,
      kind: entry.kind,
      subresource,
      name,
      user: this.user,
      dryRun: false,
      schema: () => schemaOf(entry)!,
      setDefaults,
    };
  }

  /** Changes what `create` stored at `path` (with the name at its end) as a PUT does. @throws StatusError */
  async update<T extends KubeObject>(path: string, change: (object: T) => void, subresource = ""): Promise<T> {
    const { entry, namespace } = parsePath(path.slice(0, path.lastIndexOf("/")));
    const key = this.#keyOf(path);
    const old = this.#objects.get(key) as T;
    const changed = structuredClone(old);
    change(changed);
    const object = decodeObject(changed, schemaOf(entry)!, "Ignore").object as unknown as T;
    Object.assign(object, { apiVersion: old.apiVersion, kind: old.kind });
    const strategy = this.#strategyFor(entry) as Strategy<T>;
    const context = this.#context();
    strategy.setDefaults?.(object);
    const rules = subresource ? strategy.subresources![subresource]! : strategy;
    await rules.prepareForUpdate?.(object, old, context);
    const attributes = this.#attributes({ operation: "UPDATE", entry, namespace, object, oldObject: old, subresource });
    for (const plugin of plugins) await plugin.admit?.(attributes, context);
    const problems = (await rules.validateUpdate?.(object, old, context)) ?? [];
    if (problems.length > 0) throw invalid(entry, object.metadata.name, problems);
    for (const plugin of plugins) await plugin.validate?.(attributes, context);
    this.warnings.push(...(subresource ? [] : (strategy.warnings?.(object, old) ?? [])));
    object.metadata.resourceVersion = String(++this.#versions);
    const stored = canonicalObject(object, schemaOf(entry)!) as T;
    this.#objects.set(key, stored);
    return stored;
  }

  has = (path: string): boolean => this.#objects.has(this.#keyOf(path));

  /** What the kind of the object can be updated through, besides the object itself. */
  subresourcesOf(path: string): string[] {
    const { entry } = parsePath(path.slice(0, path.lastIndexOf("/")));
    return Object.keys(this.#strategyFor(entry).subresources ?? {});
  }

  /** Begins the deletion of what is stored at `path`, which finalizers keep from ending. */
  async terminate(path: string): Promise<void> {
    const { entry } = parsePath(path.slice(0, path.lastIndexOf("/")));
    const key = this.#keyOf(path);
    const object = structuredClone(this.#objects.get(key)!);
    object.metadata.deletionTimestamp = rfc3339(this.#clock.now());
    await this.#strategyFor(entry).beginDeletion?.(object, {}, this.#context());
    this.#objects.set(key, object);
  }

  async delete(path: string): Promise<void> {
    const { entry } = parsePath(path.slice(0, path.lastIndexOf("/")));
    const key = this.#keyOf(path);
    const object = this.#objects.get(key)!;
    this.#objects.delete(key);
    await this.#strategyFor(entry).afterDeletion?.(object, this.#context());
  }

  /** The key of the object at a path that ends with its name. */
  #keyOf(path: string): string {
    const { entry, namespace } = parsePath(path.slice(0, path.lastIndexOf("/")));
    return keyOf(entry, { namespace, name: path.slice(path.lastIndexOf("/") + 1) });
  }

  #fillMetadata(object: KubeObject, namespace: string): void {
    const { metadata } = object;
    if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + nameSuffix(this.#random);
    if (namespace) metadata.namespace = namespace;
    metadata.uid = `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, "0")}`;
    metadata.creationTimestamp = rfc3339(this.#clock.now());
    metadata.resourceVersion = String(++this.#versions);
    for (const field of ["deletionTimestamp", "selfLink", "managedFields"] as const) delete metadata[field];
  }

  #context(): StrategyContext {
    const { warnings } = this;
    const objects = this.#objects;
    return {
      clock: this.#requestClock,
      random: this.#random,
      user: this.user,
      dryRun: false,
      lookup: async <T extends KubeObject>(type: ResourceType<T>, key: ObjectKey) => objects.get(keyOf(type, key)) as T | undefined,
      list: async <T extends KubeObject>(type: ResourceType<T>, namespace?: string) =>
        [...objects]
          .filter(([key]) => key.startsWith(`${type.group}/${type.resource}/${namespace === undefined ? "" : `${namespace}/`}`))
          .map(([, object]) => object as T),
      warn: (text) => void warnings.push(text),
    };
  }
}

/** A clock whose waits end at once: what is waited for never comes in these tests. */
const stepping = (clock: FakeClock) => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  after(_ms: number, task: () => void): Disposable {
    queueMicrotask(task);
    return { [Symbol.dispose]() {} };
  },
});

const keyOf = (type: { group: string; resource: string }, key: ObjectKey): string =>
  `${type.group}/${type.resource}/${key.namespace ?? ""}/${key.name}`;

function parsePath(path: string): { entry: ResourceEntry; namespace: string } {
  const parts = path.split("/").slice(1);
  const group = parts.shift() === "api" ? "" : parts.shift()!;
  const version = parts.shift()!;
  const namespace = parts.length === 3 ? parts[1]! : "";
  const entry = findResource({ group, version, resource: parts.at(-1)! });
  if (!entry) throw new StatusError(404, "NotFound", "the server could not find the requested resource");
  return { entry, namespace };
}
