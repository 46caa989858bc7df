import { isObject } from "../json.ts";
import { ProtobufError, readFields, type WireValue } from "./protobufReader.ts";
import { ProtobufWriter } from "./protobufWriter.ts";

/** A message whose JSON form is not an object of its fields. Sub-messages are handed back for the general road. */
export interface SpecialMessage {
  decode(bytes: Uint8Array, message: (id: string, bytes: Uint8Array) => unknown): unknown;
  encode(value: unknown, message: (id: string, value: unknown) => Uint8Array): Uint8Array;
}

const text = (value: WireValue | undefined): string => (value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "");

function only(bytes: Uint8Array): Map<number, WireValue> {
  return new Map([...readFields(bytes)].map(({ number, value }) => [number, value]));
}

const signed = (value: WireValue | undefined): bigint => (typeof value === "bigint" ? BigInt.asIntN(64, value) : 0n);

const time = (micro: boolean): SpecialMessage => ({
  decode(bytes) {
    const fields = only(bytes);
    const seconds = Number(signed(fields.get(1)));
    const nanos = Number(signed(fields.get(2)));
    if (seconds === 0 && nanos === 0) return null;
    const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
    return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z` : `${whole}Z`;
  },
  encode(value) {
    const writer = new ProtobufWriter();
    const at = typeof value === "string" ? Date.parse(value) : 0;
    writer.varint(1, Math.floor(at / 1000));
    writer.varint(2, micro && typeof value === "string" ? Number(/\.(\d+)/.exec(value)?.[1]?.padEnd(9, "0").slice(0, 9) ?? 0) : 0);
    return writer.finish();
  },
});

/** One field that holds a text. */
const string: SpecialMessage = {
  decode: (bytes) => text(only(bytes).get(1)),
  encode(value) {
    const writer = new ProtobufWriter();
    writer.string(1, String(value as string | number));
    return writer.finish();
  },
};

/** One field that holds JSON. */
const raw: SpecialMessage = {
  decode(bytes) {
    const json = text(only(bytes).get(1));
    try {
      return json ? (JSON.parse(json) as unknown) : null;
    } catch {
      throw new ProtobufError("the raw bytes of a field are not JSON");
    }
  },
  encode(value) {
    const writer = new ProtobufWriter();
    if (value !== null && value !== undefined) writer.string(1, JSON.stringify(value));
    return writer.finish();
  },
};

/** One repeated field of texts. */
const strings: SpecialMessage = {
  decode: (bytes) => [...readFields(bytes)].map(({ value }) => text(value)),
  encode(value) {
    const writer = new ProtobufWriter();
    for (const item of value as string[]) writer.string(1, item);
    return writer.finish();
  },
};

const intOrString: SpecialMessage = {
  decode(bytes) {
    const fields = only(bytes);
    return signed(fields.get(1)) === 1n ? text(fields.get(3)) : Number(BigInt.asIntN(32, signed(fields.get(2))));
  },
  encode(value) {
    const writer = new ProtobufWriter();
    writer.varint(1, typeof value === "string" ? 1 : 0);
    writer.varint(2, typeof value === "number" ? value : 0);
    writer.string(3, typeof value === "string" ? value : "");
    return writer.finish();
  },
};

const schemaProps = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

const schemaOrBool: SpecialMessage = {
  decode(bytes, message) {
    const fields = only(bytes);
    const schema = fields.get(2);
    return schema instanceof Uint8Array ? message(schemaProps, schema) : signed(fields.get(1)) === 1n;
  },
  encode(value, message) {
    const writer = new ProtobufWriter();
    writer.varint(1, value === false ? 0 : 1);
    if (isObject(value)) writer.bytes(2, message(schemaProps, value));
    return writer.finish();
  },
};

const schemaOrList = (
  listField: (value: unknown, message: (id: string, value: unknown) => Uint8Array) => Uint8Array,
  read: (value: Uint8Array, message: (id: string, bytes: Uint8Array) => unknown) => unknown,
): SpecialMessage => ({
  decode(bytes, message) {
    const list: unknown[] = [];
    for (const { number, value } of readFields(bytes)) {
      if (number === 1) return message(schemaProps, value as Uint8Array);
      list.push(read(value as Uint8Array, message));
    }
    return list;
  },
  encode(value, message) {
    const writer = new ProtobufWriter();
    if (Array.isArray(value)) for (const item of value) writer.bytes(2, listField(item, message));
    else writer.bytes(1, message(schemaProps, value));
    return writer.finish();
  },
});

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
const apiextensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

export const specialMessages = new Map<string, SpecialMessage>([
  [`${meta}.Time`, time(false)],
  [`${meta}.MicroTime`, time(true)],
  [`${meta}.FieldsV1`, raw],
  [`${meta}.Verbs`, strings],
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", string],
  ["io.k8s.apimachinery.pkg.util.intstr.IntOrString", intOrString],
  ["io.k8s.apimachinery.pkg.runtime.RawExtension", raw],
  ["io.k8s.api.authentication.v1.ExtraValue", strings],
  ["io.k8s.api.authorization.v1.ExtraValue", strings],
  ["io.k8s.api.certificates.v1.ExtraValue", strings],
  [`${apiextensions}.JSON`, raw],
  [`${apiextensions}.JSONSchemaPropsOrBool`, schemaOrBool],
  [
    `${apiextensions}.JSONSchemaPropsOrArray`,
    schemaOrList(
      (item, message) => message(schemaProps, item),
      (bytes, message) => message(schemaProps, bytes),
    ),
  ],
  [
    `${apiextensions}.JSONSchemaPropsOrStringArray`,
    schemaOrList(
      (item) => Buffer.from(item as string),
      (bytes) => text(bytes),
    ),
  ],
]);
