import { randomUUID } from "node:crypto";
import { apiVersionOf, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { deepClone, deepEqual } from "../../api/json.ts";
import type { Schema } from "../../api/schemas.ts";
import { invalid } from "../../api/validationErrors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { nameSuffix } from "../../base/random.ts";
import { ConflictError } from "../../store/types.ts";
import { admit, validate } from "../admission/chain.ts";
import type { AdmissionAttributes } from "../admission/types.ts";
import { fieldChanges } from "../journal/changes.ts";
import type { JournalEntry } from "../journal/types.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { alreadyExists, badRequest, conflict, modified, notFound, unspecified } from "../request/statusErrors.ts";
import { encodeObject, type StoredObject, storedObjectOf, unstoredObject } from "../storage/storedObject.ts";
import type { StrategyContext } from "../strategy.ts";
import type { VerbContext } from "../verbs/verbContext.ts";
import { canonicalObject } from "../../api/decode.ts";
import { type FieldSet, noFields } from "../../api/fieldOwnership/fieldSet.ts";
import { resetFields } from "../../api/fieldOwnership/resetFields.ts";
import { type TrackedUpdate, trackUpdate } from "../../api/fieldOwnership/trackUpdate.ts";
import { builtInSchema } from "./decodeObject.ts";
import { resourceSchema } from "./resourceSchema.ts";
import { served, type ServedResource } from "./servedResource.ts";
import { strategyContext } from "./strategyContext.ts";
import type { WriteOptions } from "./writeOptions.ts";

/** One write through one request. Drafts are in the request's version until they are converted for the store. */
export interface ObjectWrite {
  call: ApiCall;
  resource: ServedResource;
  context: VerbContext;
  options: Pick<WriteOptions, "dryRun" | "fieldManager">;
  /** "" for the object itself. */
  subresource: string;
  /** Grows managedFields with what a draft changed. False when the draft brings them itself (server-side apply). */
  tracked?: boolean;
  /** Says more about an update than the strategy does: the checks of a special subresource. */
  prepare?(draft: KubeObject, old: KubeObject, context: StrategyContext): void;
}

export interface Written {
  object: StoredObject;
  created: boolean;
}

/** How often a generated name that is taken is generated again. */
const nameAttempts = 8;
const generatedNameLength = 63;

/** The road of every creation: defaults, managed fields, admission, strategy, validation, store. */
export async function createObject(write: ObjectWrite, draft: KubeObject): Promise<StoredObject> {
  const { resource, context, call, options } = write;
  const seen = strategyContext(call, context, options.dryRun);
  initializeMetadata(write, draft);
  const object = toStored(resource, draft);
  resource.strategy.setDefaults?.(object);
  if (write.tracked ?? true) trackFields(write, object, undefined);
  const attributes = attributesFor(write, "CREATE", object, undefined);
  await admit(context.admission, attributes, seen);
  const { generateName } = object.metadata;
  for (let attempt = 1; ; attempt++) {
    if (!object.metadata.name && generateName) object.metadata.name = generateName.slice(0, generatedNameLength - 5) + nameSuffix(context.random);
    await prepareCreation(write, object, seen);
    await validate(context.admission, attributesFor(write, "CREATE", object, undefined), seen);
    const final = canonical(resource, object);
    if (options.dryRun) return dryRunResult(write, final);
    try {
      return served(resource, await put(write, final, 0, "create"));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (!generateName || attempt >= nameAttempts) {
        await context.caches.settled(error.key);
        throw alreadyExists(resource, object.metadata.name);
      }
      object.metadata.name = "";
    }
  }
}

function initializeMetadata({ resource, call, context }: ObjectWrite, draft: KubeObject): void {
  const { metadata } = draft;
  if (metadata.resourceVersion && metadata.resourceVersion !== "0") throw unspecified("resourceVersion should not be set on objects to be created");
  for (const field of ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] as const)
    delete (metadata as Partial<typeof metadata>)[field];
  metadata.uid = randomUUID();
  metadata.creationTimestamp = rfc3339(context.clock.now());
  placeInNamespace(resource, draft, call.info.namespace);
}

/** @throws BadRequest when the object names another namespace than the request. */
export function placeInNamespace(resource: ServedResource, draft: KubeObject, namespace: string): void {
  const { metadata } = draft;
  if (resource.namespaced) {
    if (metadata.namespace && metadata.namespace !== namespace)
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    metadata.namespace = namespace;
  } else if (metadata.namespace && metadata.namespace !== "default") {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  } else delete (metadata as { namespace?: string }).namespace;
}

async function prepareCreation({ resource }: ObjectWrite, object: KubeObject, seen: StrategyContext): Promise<void> {
  const { strategy } = resource;
  await strategy.prepareForCreate?.(object, seen);
  refuse(resource, object, (await strategy.validate?.(object, seen)) ?? []);
  for (const warning of strategy.warnings?.(object, undefined) ?? []) seen.warn(warning);
}

const storedSchema = ({ custom, storage }: ServedResource): Schema => custom?.storedSchema ?? builtInSchema(storage);

/** The draft as it is stored: the order of fields, and what is always written. */
function canonical(resource: ServedResource, object: KubeObject): KubeObject {
  const { kind, apiVersion, ...fields } = canonicalObject(object, storedSchema(resource));
  return { kind, apiVersion, ...fields };
}

/**
 * The road of every update. `change` makes the draft from what is stored, and runs again when someone else was faster,
 * unless the draft carries the resourceVersion it was made from.
 */
export async function updateObject(
  write: ObjectWrite,
  name: string,
  change: (current: StoredObject | undefined) => KubeObject | Promise<KubeObject>,
): Promise<Written> {
  const { resource, call } = write;
  const namespace = resource.namespaced ? call.info.namespace : "";
  let stored = resource.cache.get(namespace, name);
  for (;;) {
    const draft = await change(stored && served(resource, stored));
    if (!stored) return { object: await createObject(write, draft), created: true };
    const expectsVersion = Boolean(draft.metadata.resourceVersion);
    try {
      return { object: await updateStored(write, draft, stored), created: false };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const refused = expectsVersion && call.method === "PUT";
      if (refused || !error.current) await write.context.caches.settled(error.key);
      if (refused) throw modified(resource, name);
      if (!error.current) throw notFound(resource, name);
      stored = storedObjectOf(error.current, resource.cache.prefix);
    }
  }
}

async function updateStored(write: ObjectWrite, draft: KubeObject, stored: StoredObject): Promise<StoredObject> {
  const { resource, context, call, options } = write;
  const seen = strategyContext(call, context, options.dryRun);
  const old = stored.object;
  checkVersion(resource, draft, old);
  const object = toStored(resource, draft);
  placeInNamespace(resource, object, call.info.namespace);
  resource.strategy.setDefaults?.(object);
  if (write.tracked ?? true) trackFields(write, object, old);
  const attributes = attributesFor(write, "UPDATE", object, old);
  await admit(context.admission, attributes, seen);
  await prepareUpdate(write, object, old, seen);
  await validate(context.admission, attributes, seen);
  const final = canonical(resource, object);
  if (isUnchanged(final, old)) return served(resource, stored);
  if (isFinished(final, old)) return removeStored(write, final, stored, seen);
  if (options.dryRun) return dryRunResult(write, final);
  return served(resource, await put(write, final, stored.revision, "update", old));
}

/** @throws Conflict, Invalid; sets the version that is stored. */
function checkVersion(resource: ServedResource, draft: KubeObject, old: KubeObject): void {
  const { metadata } = draft;
  const given = metadata.resourceVersion === "0" ? "" : (metadata.resourceVersion ?? "");
  if (given && !/^\d+$/.test(given)) throw unspecified(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  if (!given && resource.strategy.allowUnconditionalUpdate === false) {
    throw invalid({ group: resource.group, kind: resource.resource }, old.metadata.name, [
      { type: "Invalid", field: "metadata.resourceVersion", value: 0, detail: "must be specified for an update" },
    ]);
  }
  if (given && given !== old.metadata.resourceVersion) throw modified(resource, old.metadata.name);
  if (metadata.uid && metadata.uid !== old.metadata.uid) throw uidConflict(resource, metadata.uid, old);
  metadata.resourceVersion = old.metadata.resourceVersion;
}

function uidConflict(resource: ServedResource, uid: string, { metadata }: KubeObject) {
  const key = `/registry/${resource.resource}/${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
  return conflict(
    resource,
    metadata.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
  );
}

async function prepareUpdate(write: ObjectWrite, object: KubeObject, old: KubeObject, seen: StrategyContext): Promise<void> {
  const { strategy } = write.resource;
  const special = write.subresource ? strategy.subresources?.[write.subresource] : undefined;
  keepSystemFields(object, old);
  if (special) special.prepareForUpdate(object, old, seen);
  else if (!write.subresource || write.subresource === "scale") await strategy.prepareForUpdate?.(object, old, seen);
  write.prepare?.(object, old, seen);
  keepSystemFields(object, old, object.metadata.generation);
  const errors = special ? special.validateUpdate?.(object, old, seen) : write.prepare ? [] : await strategy.validateUpdate?.(object, old, seen);
  refuse(write.resource, object, errors ?? []);
  if (!special) for (const warning of strategy.warnings?.(object, old) ?? []) seen.warn(warning);
}

/** What an update can't change; generation is the strategy's. */
function keepSystemFields(object: KubeObject, old: KubeObject, generation = old.metadata.generation): void {
  const { metadata } = object;
  if (!metadata.uid) metadata.uid = old.metadata.uid;
  metadata.creationTimestamp = old.metadata.creationTimestamp;
  assign(metadata, "generation", generation);
  assign(metadata, "deletionTimestamp", old.metadata.deletionTimestamp);
  assign(metadata, "deletionGracePeriodSeconds", old.metadata.deletionGracePeriodSeconds);
  if (old.metadata.generateName && !metadata.generateName) metadata.generateName = old.metadata.generateName;
}

function assign<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

/** Says in managedFields who owns what this write changes. Runs before admission: what plugins add is nobody's. */
function trackFields(write: ObjectWrite, object: KubeObject, old: KubeObject | undefined): void {
  const { resource, options, context, subresource } = write;
  const managedFields = trackOrForget({
    live: old && toServed(resource, old),
    updated: toServed(resource, object),
    manager: options.fieldManager,
    subresource,
    schema: resourceSchema(resource),
    now: context.clock.now(),
    apiVersion: apiVersionOf(resource),
    reset: resetOf(resource, subresource),
  });
  assign(object.metadata, "managedFields", managedFields?.length ? managedFields : undefined);
}

/** An object that does not fit its schema is refused by validation; until then nobody owns anything of it. */
function trackOrForget(update: TrackedUpdate): ReturnType<typeof trackUpdate> {
  try {
    return trackUpdate(update);
  } catch {
    return undefined;
  }
}

/** What a request of this resource can't change: the status only through its subresource, and only the status through it. */
export const resetOf = (resource: ServedResource, subresource: string): FieldSet =>
  resource.subresources.has("status") ? resetFields(resource, subresource) : noFields;

/** Equal but for the time at which a manager last wrote. */
function isUnchanged(object: KubeObject, old: KubeObject): boolean {
  return deepEqual(withoutTimes(object), withoutTimes(old));
}

function withoutTimes(object: KubeObject): unknown {
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, managedFields: managedFields?.map((entry) => ({ ...entry, time: undefined })) } };
}

/** A deletion that only waited for finalizers, and the update has removed the last one. */
function isFinished(object: KubeObject, old: KubeObject): boolean {
  if (object.metadata.finalizers?.length || !old.metadata.deletionTimestamp || old.metadata.deletionGracePeriodSeconds) return false;
  const { finalizers } = (object as { spec?: { finalizers?: string[] } }).spec ?? {};
  return object.kind !== "Namespace" || !finalizers?.length;
}

/** Deletes for good. The answer shows the object as it was last. @throws ConflictError when it changed meanwhile */
export async function removeStored(write: ObjectWrite, object: KubeObject, stored: StoredObject, seen: StrategyContext): Promise<StoredObject> {
  const { resource, options } = write;
  if (options.dryRun) return dryRunResult(write, object);
  const deleted = await store(write, object, stored.revision, "delete");
  await resource.strategy.afterDeletion?.(object, seen);
  return served(resource, deleted);
}

export const put = (write: ObjectWrite, object: KubeObject, expected: number, verb: "create" | "update", old?: KubeObject): Promise<StoredObject> =>
  store(write, object, expected, verb, old);

async function store(write: ObjectWrite, object: KubeObject, expected: number, verb: JournalEntry["verb"], old?: KubeObject): Promise<StoredObject> {
  const { resource, context } = write;
  const { prefix } = resource.cache;
  const key = `${prefix}${object.metadata.namespace ? `${object.metadata.namespace}/` : ""}${object.metadata.name}`;
  const entry = await context.caches.write({
    key,
    type: verb === "delete" ? "delete" : "put",
    expected,
    encode: (revision) => encodeObject(object, String(revision)),
  });
  recordWrite(write, object, entry.modRevision, verb, old);
  return storedObjectOf(entry, prefix);
}

function recordWrite(
  { call, resource, context, subresource }: ObjectWrite,
  object: KubeObject,
  revision: number,
  verb: JournalEntry["verb"],
  old?: KubeObject,
): void {
  const { metadata } = object;
  // Heartbeats would drive out everything else.
  if (verb === "update" && resource.storage.resource === "leases") return;
  const isSecret = resource.storage.resource === "secrets" && !resource.custom;
  const changes = verb === "delete" ? [] : fieldChanges(object, old, { secret: isSecret, custom: Boolean(resource.custom) });
  context.journal.record({
    time: new Date(context.clock.now()).toISOString(),
    revision,
    verb,
    group: resource.storage.group,
    resource: resource.storage.resource,
    ...(subresource ? { subresource } : {}),
    ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    name: metadata.name,
    uid: metadata.uid,
    user: call.user.username ?? "",
    userAgent: call.userAgent,
    ...(call.cause ? { cause: call.cause } : {}),
    ...(changes.length ? { changes } : {}),
  });
}

function dryRunResult({ resource }: ObjectWrite, object: KubeObject): StoredObject {
  const { resourceVersion, ...metadata } = object.metadata;
  const shown = { ...object, metadata: resourceVersion ? object.metadata : metadata } as KubeObject;
  return unstoredObject(toServed(resource, deepClone(shown)));
}

/** @throws Invalid when there is an error */
export function refuse(resource: ServedResource, object: KubeObject, errors: FieldError[]): void {
  if (errors.length) throw invalid({ group: resource.group, kind: resource.kind }, object.metadata.name ?? "", errors);
}

export const toStored = ({ conversion }: ServedResource, object: KubeObject): KubeObject => (conversion ? conversion.toStored(object) : object);
export const toServed = ({ conversion }: ServedResource, object: KubeObject): KubeObject => (conversion ? conversion.toServed(object) : object);

export function attributesFor(
  { call, resource, options, subresource }: ObjectWrite,
  operation: AdmissionAttributes["operation"],
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): AdmissionAttributes {
  const { group, version } = resource;
  return {
    operation,
    resource: { group, version, resource: resource.resource },
    kind: resource.kind,
    subresource,
    namespace: resource.namespaced ? call.info.namespace : "",
    name: call.info.name || object?.metadata.name || oldObject?.metadata.name || "",
    ...(object ? { object } : {}),
    ...(oldObject ? { oldObject } : {}),
    user: call.user,
    dryRun: options.dryRun,
    schema: () => storedSchema(resource),
    setDefaults: (changed) => resource.strategy.setDefaults?.(changed),
  };
}
