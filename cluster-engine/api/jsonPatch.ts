import { deepClone, deepEqual, field, goJsonKind, isObject, setField, type JsonObject } from "./json.ts";
import { StatusError } from "./statusError.ts";

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

const maxOperations = 10_000;
/** How much all copies of one patch may add, bytes of JSON. */
const maxCopied = 3 * 1024 * 1024;

/**
 * RFC 6902, with negative array indices as kube-apiserver accepts them. The original is not changed.
 * @throws StatusError BadRequest for what is no patch, Invalid (422) for one that can't be applied
 */
export function applyJsonPatch(original: JsonObject, patch: unknown): JsonObject {
  const operations = decode(patch);
  let document: unknown = deepClone(original);
  let copied = 0;
  for (const operation of operations) {
    if (operation.op === "copy") copied += sizeOfCopy(document, operation);
    if (copied > maxCopied) throw refused();
    document = apply(document, operation);
  }
  if (!isObject(document)) throw refused();
  return document;
}

const badRequest = (message: string): StatusError => new StatusError(400, "BadRequest", `error decoding patch: ${message}`);
const refused = (): StatusError => new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});

function decode(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw badRequest(`json: cannot unmarshal ${goJsonKind(patch)} into Go value of type []handlers.jsonPatchOp`);
  if (patch.length > maxOperations) {
    throw new StatusError(
      413,
      "RequestEntityTooLarge",
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  return patch.map(decodeOperation);
}

function decodeOperation(item: unknown): Operation {
  if (!isObject(item)) throw badRequest(`json: cannot unmarshal ${goJsonKind(item)} into Go value of type handlers.jsonPatchOp`);
  for (const name of ["op", "path", "from"]) {
    const value = item[name];
    if (value !== undefined && value !== null && typeof value !== "string") {
      throw badRequest(`json: cannot unmarshal ${goJsonKind(value)} into Go struct field jsonPatchOp.${name} of type string`);
    }
  }
  return item as unknown as Operation;
}

function apply(document: unknown, operation: Operation): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return add(document, path, valueOf(operation));
    case "remove":
      return remove(document, path);
    case "replace":
      return replace(document, path, valueOf(operation));
    case "move": {
      const from = pointer(operation.from);
      const value = read(document, from);
      return add(remove(document, from), path, value);
    }
    case "copy":
      return add(document, path, deepClone(read(document, pointer(operation.from))));
    case "test":
      if (!deepEqual(readOrNull(document, path), operation.value ?? null)) throw refused();
      return document;
    default:
      throw refused();
  }
}

const sizeOfCopy = (document: unknown, { from }: Operation): number => Buffer.byteLength(JSON.stringify(read(document, pointer(from))));

/** An operation without a value means null. */
const valueOf = (operation: Operation): unknown => deepClone(operation.value ?? null);

/** The unescaped steps of a JSON pointer (RFC 6901). */
function pointer(path: string | undefined): string[] {
  if (path === undefined || (path !== "" && !path.startsWith("/"))) throw refused();
  return path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The index an array step names; `limit` is the largest allowed. */
function arrayIndex(step: string, length: number, limit: number): number {
  if (!/^(0|-?[1-9]\d*)$/.test(step)) throw refused();
  const index = Number(step) < 0 ? Number(step) + length : Number(step);
  if (index < 0 || index > limit) throw refused();
  return index;
}

function child(container: unknown, step: string): unknown {
  if (Array.isArray(container)) return container[arrayIndex(step, container.length, container.length - 1)] as unknown;
  if (!isObject(container) || !Object.hasOwn(container, step)) throw refused();
  return field(container, step);
}

const read = (document: unknown, path: string[]): unknown => path.reduce(child, document);

/** A missing last field reads as null, which a test can ask for. */
function readOrNull(document: unknown, path: string[]): unknown {
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last !== undefined && isObject(parent) && !Object.hasOwn(parent, last)) return null;
  return last === undefined ? document : child(parent, last);
}

function add(document: unknown, path: string[], value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index =
      last === "-"
        ? parent.length
        : last.startsWith("-")
          ? arrayIndex(last, parent.length + 1, parent.length)
          : arrayIndex(last, parent.length, parent.length);
    parent.splice(index, 0, value);
  } else if (isObject(parent)) setField(parent, last, value);
  else throw refused();
  return document;
}

/** A missing key of an object is set, as kube-apiserver does, though the RFC has it as an error. */
function replace(document: unknown, path: string[], value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) parent[arrayIndex(last, parent.length, parent.length - 1)] = value;
  else if (isObject(parent)) setField(parent, last, value);
  else throw refused();
  return document;
}

function remove(document: unknown, path: string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) throw refused();
  const parent = read(document, path.slice(0, -1));
  child(parent, last);
  if (Array.isArray(parent)) parent.splice(arrayIndex(last, parent.length, parent.length - 1), 1);
  else delete (parent as JsonObject)[last];
  return document;
}
