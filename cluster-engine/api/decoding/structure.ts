import { goFields, type GoField } from "../goFields.ts";
import { goJsonKind, isObject, setField, type JsonObject } from "../json.ts";
import { resolve, scalarOf, schemaById, schemaId, valueSchema, type Scalar, type Schema } from "../schemas.ts";
import { primitiveDecoder, scalarDecoders, type Decoder } from "./scalars.ts";

const compiled = new Map<Schema, Decoder>();

/** A decoder of a resolved built-in schema; made once, when it is first needed. */
export function compile(schema: Schema): Decoder {
  let decoder = compiled.get(schema);
  if (!decoder) compiled.set(schema, (decoder = structure(schema)));
  return decoder;
}

/** The decoder of a property, by what its Go type is. */
function property(schema: Schema, type: string): Decoder {
  const target = resolve(schema);
  const scalar = scalarOf(target);
  if (scalar) return scalar === "SchemaOr" ? schemaOrOther : scalarDecoders[scalar];
  if (schemaId(target) && (target.properties || target.type === "object")) return lazily(target);
  if (target.type === "array") return list(target.items!, type);
  const values = valueSchema(target);
  if (values) return map(values, type);
  return primitiveDecoder(target, type);
}

/** A JSONSchemaProps, a list of them, or what the schema of a custom resource may have instead: a boolean, texts. */
const schemaOrOther: Decoder = (value, context) => {
  if (Array.isArray(value)) return value.map((item) => schemaOrOther(item, context));
  return isObject(value) ? compile(schemaById("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")!)(value, context) : value;
};

/** Schemas refer to each other in cycles (JSONSchemaProps): a structure is compiled at its first use. */
function lazily(schema: Schema): Decoder {
  let decoder: Decoder | undefined;
  return (value, context) => (decoder ??= compile(schema))(value, context);
}

interface StructField extends GoField {
  decode: Decoder;
  /** Makes what stands in place of an absent value; undefined when the field is left out. */
  zero: (() => unknown) | undefined;
}

function structure(schema: Schema): Decoder {
  const fields = fieldsOf(schema);
  const index = new Map(fields.map((field, i) => [field.name, i]));
  const name = schemaId(schema)!.split(".").at(-1)!;
  return (value, context) => {
    if (!isObject(value)) return context.wrongType(goJsonKind(value), `v1.${name}`);
    const slots: unknown[] = [];
    for (const key of Object.keys(value)) {
      const i = index.get(key);
      if (i === undefined) context.unknownField(key);
      else if (value[key] !== null && value[key] !== undefined) {
        const field = fields[i]!;
        context.enter(key, name, field.embedded);
        slots[i] = field.decode(value[key], context);
        context.leave();
      }
    }
    return write(fields, slots);
  };
}

/** Fields in their order, without those that are left out. */
function write(fields: StructField[], slots: unknown[]): JsonObject {
  const result: JsonObject = {};
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    const value = slots[i];
    if (value === undefined || (!field.pointer && isEmpty(value))) {
      if (field.zero) result[field.name] = field.zero();
    } else result[field.name] = value;
  }
  return result;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false;
  if (Array.isArray(value)) return value.length === 0;
  if (value === null) return true;
  for (const _ in value) return false;
  return true;
}

const fieldsBySchema = new Map<Schema, StructField[]>();

function fieldsOf(schema: Schema): StructField[] {
  let fields = fieldsBySchema.get(schema);
  if (!fields) {
    fields = (goFields(schema) ?? []).map((field) => ({ ...field, decode: property(field.schema, field.type), zero: zeroOf(field) }));
    fieldsBySchema.set(schema, fields);
  }
  return fields;
}

/** The structure with nothing set: only what is always written. */
const emptyStructure = (schema: Schema): JsonObject => write(fieldsOf(schema), []);

const zeroScalars: Record<Scalar, unknown> = {
  Quantity: "0",
  IntOrString: 0,
  Time: null,
  MicroTime: null,
  RawExtension: null,
  FieldsV1: null,
  JSON: null,
  SchemaOr: null,
};

function zeroOf(field: GoField): (() => unknown) | undefined {
  if (field.omitZero) return undefined;
  if (field.pointer) return field.omitEmpty ? undefined : () => null;
  const target = resolve(field.schema);
  const scalar = scalarOf(target);
  if (scalar) return () => zeroScalars[scalar];
  if (schemaId(target) && target.properties) return () => emptyStructure(target);
  if (field.omitEmpty) return undefined;
  return () => zeroPrimitive(target);
}

function zeroPrimitive(schema: Schema): unknown {
  if (schema.type === "string") return schema.format === "byte" ? null : "";
  if (schema.type === "integer" || schema.type === "number") return 0;
  return schema.type === "boolean" ? false : null;
}

function list(items: Schema, type: string): Decoder {
  const decode = property(items, type.replace(/^\[\]/, ""));
  const zero = zeroElement(items);
  return (value, context) => {
    if (!Array.isArray(value)) return context.wrongType(goJsonKind(value), type);
    const result: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      context.enter(i);
      result.push(value[i] === null ? zero() : decode(value[i], context));
      context.leave();
    }
    return result;
  };
}

/** What a null element of a list or map becomes. */
function zeroElement(schema: Schema): () => unknown {
  const target = resolve(schema);
  const scalar = scalarOf(target);
  if (scalar) return () => zeroScalars[scalar];
  if (schemaId(target) && target.properties) return () => emptyStructure(target);
  return () => zeroPrimitive(target);
}

function map(values: Schema, type: string): Decoder {
  const decode = property(values, elementType(type, values));
  const zero = zeroElement(values);
  return (value, context) => {
    if (!isObject(value)) return context.wrongType(goJsonKind(value), type);
    const result: JsonObject = {};
    for (const key of sortedKeys(value)) {
      const inner = value[key];
      context.enter(key);
      setField(result, key, inner === null || inner === undefined ? zero() : decode(inner, context));
      context.leave();
    }
    return result;
  };
}

/** `map[string]string` → `string`; named map types show by what they hold. */
function elementType(type: string, values: Schema): string {
  const found = /^map\[[^\]]+\](.*)$/.exec(type);
  if (found) return found[1]!;
  return values.type === "array" ? "[]string" : (values.type ?? "string");
}

/** Keys as Go writes them; mostly they are in order already. */
export function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort();
  return keys;
}
