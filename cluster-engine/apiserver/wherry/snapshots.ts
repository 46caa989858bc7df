import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { deepEqual, isObject } from "../../api/json.ts";
import { dns1123Label } from "../../api/names.ts";
import type { SnapshotEntry, SnapshotInfo, SnapshotPort } from "../../api/snapshotPort.ts";
import { rfc3339 } from "../../base/clock.ts";
import { nameSuffix } from "../../base/random.ts";
import { document, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { bodyDocument } from "../request/bodyDocument.ts";
import { alreadyExists, badRequest, internalError, notFound, serviceUnavailable } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { encodeObject } from "../storage/storedObject.ts";
import { apiVersion } from "./apiVersion.ts";
import { rows, wantsRows } from "./rows.ts";

const type = { group: "wherry.dev", resource: "snapshots" };
const root = "/registry/";

function portOf({ snapshots }: ServerContext): SnapshotPort {
  if (!snapshots) throw serviceUnavailable("this server keeps no snapshots");
  return snapshots;
}

/** A name becomes part of a file's. @throws BadRequest */
function checked(name: unknown): string {
  const errors = typeof name === "string" ? dns1123Label(name) : ["must be text"];
  if (errors.length) throw badRequest(`metadata.name: Invalid value: ${JSON.stringify(name ?? "")}: ${errors.join("; ")}`);
  return name as string;
}

const told = ({ name, at, revision, objects, bytes }: SnapshotInfo): object => ({
  kind: "Snapshot",
  apiVersion,
  metadata: { name, creationTimestamp: rfc3339(at) },
  status: { revision, objects, bytes },
});

/** `snapshots[/NAME]`. */
export async function listSnapshots(call: ApiCall, context: ServerContext): Promise<Answer> {
  const { name } = call.info;
  const all = await portOf(context).list();
  const found = name ? all.filter((each) => each.name === name) : all;
  if (name && found.length === 0) throw notFound(type, name);
  if (wantsRows(call))
    return rows(
      ["Name", "Objects", "Revision", "Bytes", "Created"],
      found.map((each) => ({ metadata: { name: each.name }, cells: [each.name, each.objects, each.revision, each.bytes, rfc3339(each.at)] })),
    );
  return document(name ? told(found[0]!) : { kind: "SnapshotList", apiVersion, metadata: {}, items: found.map(told) });
}

/** POST of a Snapshot: its `metadata.name` alone counts. `snapshots/NAME/restore` goes back to one. */
export async function createSnapshot(call: ApiCall, context: ServerContext): Promise<Answer> {
  if (call.info.subresource === "restore") return restore(call.info.name, context);
  const { value } = await bodyDocument(await call.body(), "Snapshot");
  const { metadata } = value as { metadata?: unknown };
  const name = checked(isObject(metadata) ? metadata["name"] : undefined);
  const made = await failing(portOf(context).create(name));
  if (!made) throw alreadyExists(type, name);
  return document(told(made), 201);
}

export async function deleteSnapshot(call: ApiCall, context: ServerContext): Promise<Answer> {
  const { name } = call.info;
  if (!(await failing(portOf(context).remove(checked(name))))) throw notFound(type, name);
  return document({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { name, ...type, kind: type.resource } });
}

/**
 * Makes the cluster's state that of the snapshot, by plain writes: watches tell of them, revisions go on, nothing stops. A
 * snapshot of the state before is made first, and named in the answer.
 */
async function restore(name: string, context: ServerContext): Promise<Answer> {
  const port = portOf(context);
  const wanted = await failing(port.read(checked(name)));
  if (!wanted) throw notFound(type, name);
  const before = await failing(port.create(`before-${name}`.slice(0, 57) + `-${nameSuffix(context.random)}`));
  const changes = await changesTo(wanted, context);
  await Promise.all(changes.map((change) => context.caches.write(change)));
  const counts = {
    written: changes.filter((change) => change.type === "put").length,
    deleted: changes.filter((change) => change.type === "delete").length,
  };
  return document({ kind: "SnapshotRestore", apiVersion, metadata: { name }, status: { ...counts, ...(before ? { before: before.name } : {}) } });
}

interface Change {
  key: string;
  type: "put" | "delete";
  encode(revision: number): Uint8Array;
}

async function changesTo(wanted: readonly SnapshotEntry[], { caches, transientKey }: ServerContext): Promise<Change[]> {
  const objectOf = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as KubeObject;
  const present = new Map((await caches.store.range({ prefix: root })).items.map(({ key, value }) => [key, objectOf(value)]));
  const changes: Change[] = [];
  for (const { key, value } of wanted) {
    const [object, current] = [objectOf(value), present.get(key)];
    present.delete(key);
    if (!current || !deepEqual(timeless(object), timeless(current)))
      changes.push({ key, type: "put", encode: (revision) => encodeObject(object, String(revision)) });
  }
  for (const [key, object] of present)
    if (!transientKey(key)) changes.push({ key, type: "delete", encode: (revision) => encodeObject(object, String(revision)) });
  return changes;
}

function timeless(object: KubeObject): object {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What the folder or a file keeps from being done is told. */
async function failing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw internalError((error as Error).message);
  }
}
