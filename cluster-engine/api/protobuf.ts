import { parseApiVersion } from "../../shared/kubernetes/object.ts";
import { field, isObject, setField, type JsonObject } from "./json.ts";
import { schemaId, schemaOf } from "./schemas.ts";
import { messageOf, type MessageField } from "./wire/messages.ts";
import { ProtobufError, readFields, readPacked, type WireValue } from "./wire/protobufReader.ts";
import { ProtobufWriter } from "./wire/protobufWriter.ts";
import { specialMessages } from "./wire/specialMessages.ts";

export { ProtobufError };

/** `k8s` and a zero byte stand before every body. */
const magic = Buffer.from("k8s\0");

/** True when a body says of itself that it is Kubernetes protobuf. */
export const isProtobuf = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, magic.length)).equals(magic);

/**
 * The object of a body in `application/vnd.kubernetes.protobuf`, as its JSON would be; to be decoded further by
 * decodeObject. `fallback` is the kind of a body that does not name its own.
 * @throws ProtobufError
 */
export function decodeProtobuf(bytes: Uint8Array, fallback?: { apiVersion: string; kind: string }): JsonObject {
  if (!isProtobuf(bytes)) throw new ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  const unknown = new Map([...readFields(bytes.subarray(magic.length))].map(({ number, value }) => [number, value]));
  const typeMeta = unknown.get(1) instanceof Uint8Array ? decodeTypeMeta(unknown.get(1) as Uint8Array) : {};
  const apiVersion = typeMeta.apiVersion || fallback?.apiVersion || "";
  const kind = typeMeta.kind || fallback?.kind || "";
  return { kind, apiVersion, ...decodeMessage(messageIdOf(apiVersion, kind), (unknown.get(2) ?? new Uint8Array()) as Uint8Array) };
}

/** An object as a body. @throws ProtobufError when its kind has no message, as custom resources have none */
export function encodeProtobuf(object: JsonObject): Uint8Array {
  const apiVersion = object.apiVersion as string;
  const kind = object.kind as string;
  const typeMeta = new ProtobufWriter();
  typeMeta.string(1, apiVersion);
  typeMeta.string(2, kind);
  const unknown = new ProtobufWriter();
  unknown.bytes(1, typeMeta.finish());
  unknown.bytes(2, encodeMessage(messageIdOf(apiVersion, kind), object));
  unknown.string(3, "");
  unknown.string(4, "");
  return Buffer.concat([magic, unknown.finish()]);
}

function messageIdOf(apiVersion: string, kind: string): string {
  // Options of a request belong to every group and version.
  const schema =
    schemaOf({ ...parseApiVersion(apiVersion), kind }) ?? (kind.endsWith("Options") ? schemaOf({ group: "", version: "v1", kind }) : undefined);
  const id = schema && schemaId(schema);
  if (!id || !messageOf(id)) throw new ProtobufError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return id;
}

function decodeTypeMeta(bytes: Uint8Array): { apiVersion?: string; kind?: string } {
  const fields = new Map([...readFields(bytes)].map(({ number, value }) => [number, utf8(value)]));
  return { apiVersion: fields.get(1), kind: fields.get(2) };
}

const utf8 = (value: WireValue): string => Buffer.from(value as Uint8Array).toString("utf8");

function decodeMessage(id: string, bytes: Uint8Array): JsonObject {
  const message = messageOf(id)!;
  const result: JsonObject = {};
  for (const { number, value } of readFields(bytes)) {
    const known = message.byNumber.get(number);
    if (known) decodeField(result, known, value);
  }
  return result;
}

function decodeField(result: JsonObject, { name, type, shape, inline }: MessageField, value: WireValue): void {
  if (inline) Object.assign(result, decodeMessage(type, value as Uint8Array));
  else if (shape === "single") setField(result, name, decodeValue(type, value));
  else if (shape === "list") {
    const list = (result[name] ??= []) as unknown[];
    if (isPacked(type, value)) for (const item of readPacked(value)) list.push(decodeValue(type, item));
    else list.push(decodeValue(type, value));
  } else {
    const entry = new Map([...readFields(value as Uint8Array)].map((part) => [part.number, part.value]));
    const key = entry.has(1) ? utf8(entry.get(1)!) : "";
    setField((result[name] ??= {}) as JsonObject, key, decodeValue(type, entry.get(2) ?? new Uint8Array()));
  }
}

const integers = new Set(["int32", "int64", "bool"]);
const isPacked = (type: string, value: WireValue): value is Uint8Array => integers.has(type) && value instanceof Uint8Array;

function decodeAny(id: string, bytes: Uint8Array): unknown {
  const special = specialMessages.get(id);
  return special ? special.decode(bytes, decodeAny) : decodeMessage(id, bytes);
}

function decodeValue(type: string, value: WireValue): unknown {
  if (integers.has(type) !== (typeof value === "bigint")) throw new ProtobufError(`proto: wrong wireType for field of type ${type}`);
  switch (type) {
    case "string":
      return utf8(value);
    case "bool":
      return value !== 0n;
    case "int32":
    case "int64":
      return Number(BigInt.asIntN(64, value as bigint));
    case "bytes":
      return Buffer.from(value as Uint8Array).toString("base64");
    case "double":
      return Buffer.from(value as Uint8Array).readDoubleLE();
    default:
      return decodeAny(type, value as Uint8Array);
  }
}

function encodeMessage(id: string, object: JsonObject): Uint8Array {
  const writer = new ProtobufWriter();
  for (const known of messageOf(id)!.fields) {
    if (known.inline) writer.bytes(known.number, encodeMessage(known.type, object));
    else {
      const value = field(object, known.name);
      if (value !== null && value !== undefined) encodeField(writer, known, value);
    }
  }
  return writer.finish();
}

function encodeField(writer: ProtobufWriter, { number, type, shape }: MessageField, value: unknown): void {
  if (shape === "single") encodeValue(writer, number, type, value);
  else if (shape === "list") for (const item of value as unknown[]) encodeValue(writer, number, type, item);
  else {
    for (const [key, inner] of Object.entries(value as JsonObject)) {
      const entry = new ProtobufWriter();
      entry.string(1, key);
      encodeValue(entry, 2, type, inner);
      writer.bytes(number, entry.finish());
    }
  }
}

function encodeAny(id: string, value: unknown): Uint8Array {
  const special = specialMessages.get(id);
  return special ? special.encode(value, encodeAny) : encodeMessage(id, isObject(value) ? value : {});
}

function encodeValue(writer: ProtobufWriter, number: number, type: string, value: unknown): void {
  switch (type) {
    case "string":
      return writer.string(number, value as string);
    case "bool":
      return writer.varint(number, value ? 1 : 0);
    case "int32":
    case "int64":
      return writer.varint(number, value as number);
    case "bytes":
      return writer.bytes(number, Buffer.from(value as string, "base64"));
    case "double":
      return writer.double(number, value as number);
    default:
      return writer.bytes(number, encodeAny(type, value));
  }
}
