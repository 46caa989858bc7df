import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import data from "./data/goTypes.json" with { type: "json" };

/**
 * How Go writes each field of the API types (data/goTypes.json, from the type definitions of Kubernetes 1.36):
 * `v` a value left out when zero, `a`/`n`/`f` a text, number or flag that is always there, `s` a struct that is always
 * there, `z` a struct left out when empty, `p` a pointer to a struct, `N` one that is null when absent, `l`/`m` a list
 * or map left out when empty, `L`/`M` one that is null when absent, `T` a time that is null when absent, `B` bytes likewise.
 * After the colon: the type of the struct, or of the items. Fields that are not listed are kept as they are.
 */
type FieldCode = string;

interface Field {
  name: string;
  code: string;
  type: Field[] | undefined;
}

const kinds = data.kinds as Record<string, string>;
const types = data.types as Record<string, Record<string, FieldCode>>;
const compiled = new Map<string, Field[]>();

/** Fields of a type, resolved once; recursive types (JSONSchemaProps) refer to themselves. */
function fieldsOf(type: string): Field[] {
  const known = compiled.get(type);
  if (known) return known;
  const fields: Field[] = [];
  compiled.set(type, fields);
  for (const [name, code] of Object.entries(types[type] ?? {})) {
    const item = code.slice(2);
    fields.push({ name, code: code[0]!, type: item ? fieldsOf(item) : undefined });
  }
  return fields;
}

/** Gives a decoded body the form in which Kubernetes would write it: zero values dropped, obligatory fields added. */
export function toWireForm(object: KubeObject): void {
  const type = kinds[`${object.apiVersion}/${object.kind}`];
  if (type) writeStruct(object as unknown as Record<string, unknown>, fieldsOf(type));
}

/** Gives a top-level field that is absent the form in which Kubernetes writes its zero value. */
export function addAbsentField(object: KubeObject, name: string): void {
  const type = kinds[`${object.apiVersion}/${object.kind}`];
  const field = type ? fieldsOf(type).find((candidate) => candidate.name === name) : undefined;
  if (field) writeAbsent(object as unknown as Record<string, unknown>, field);
}

function writeStruct(object: Record<string, unknown>, fields: Field[]): void {
  for (const field of fields) {
    const value = object[field.name];
    if (value === undefined || value === null) writeAbsent(object, field);
    else writeField(object, field, value);
  }
  for (const name in object) if (object[name] === null && !nullable(fields, name)) delete object[name];
}

const nullable = (fields: Field[], name: string): boolean => {
  for (const field of fields) if (field.name === name) return "TBNLM".includes(field.code);
  return false;
};

function writeAbsent(object: Record<string, unknown>, field: Field): void {
  switch (field.code) {
    case "a": object[field.name] = ""; break;
    case "n": object[field.name] = 0; break;
    case "f": object[field.name] = false; break;
    case "s": {
      const created = {};
      writeStruct(created, field.type!);
      object[field.name] = created;
      break;
    }
    case "T": case "B": case "N": case "L": case "M": object[field.name] = null; break;
    default: if (field.name in object) delete object[field.name];
  }
}

function writeField(object: Record<string, unknown>, field: Field, value: unknown): void {
  switch (field.code) {
    case "v":
      if (value === "" || value === 0 || value === false) delete object[field.name];
      break;
    case "s": case "p": case "N":
      writeStruct(value as Record<string, unknown>, field.type!);
      break;
    case "z":
      writeStruct(value as Record<string, unknown>, field.type!);
      if (isEmptyObject(value as object)) delete object[field.name];
      break;
    case "l": case "L":
      if (field.code === "l" && (value as unknown[]).length === 0) delete object[field.name];
      else if (field.type) writeItems(value as unknown[], field.type);
      break;
    case "m": case "M":
      if (field.code === "m" && isEmptyObject(value as object)) delete object[field.name];
      else if (field.type) for (const item of Object.values(value as object)) writeItem(item, field.type);
      break;
  }
}

function writeItems(items: unknown[], type: Field[]): void {
  for (const item of items) writeItem(item, type);
}

function writeItem(item: unknown, type: Field[]): void {
  if (Array.isArray(item)) writeItems(item, type);
  else if (item !== null && typeof item === "object") writeStruct(item as Record<string, unknown>, type);
}

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
