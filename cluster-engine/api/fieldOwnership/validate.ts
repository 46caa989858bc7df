import { goFormat } from "../goFormat.ts";
import { isObject, type JsonObject } from "../json.ts";
import { formatElement, fieldElement, itemElement } from "./pathElement.ts";
import { kindFor, type TypeModel } from "./typeModel.ts";

/** What of an applied configuration does not fit its type: one text a problem, none when all fits. */
export function typeProblems(value: unknown, type: TypeModel): string[] {
  const problems: string[] = [];
  walk(value, type, "", problems);
  return problems;
}

function walk(value: unknown, type: TypeModel, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  const kind = kindFor(type, value);
  if (kind === "scalar") scalar(value, type, path, problems);
  else if (kind === "list") {
    if (!Array.isArray(value)) problems.push(at(path, `expected list, got ${shown(value)}`));
    else list(value, type, path, problems);
  } else if (!isObject(value)) problems.push(at(path, `expected map, got ${shown(value)}`));
  else map(value, type, path, problems);
}

const at = (path: string, message: string): string => (path ? `${path}: ${message}` : message);
const shown = (value: unknown): string => `&{${goFormat(value)}}`;

function scalar(value: unknown, type: TypeModel, path: string, problems: string[]): void {
  if (type.scalar === "numeric" && typeof value !== "number") problems.push(at(path, `expected numeric (int or float), got ${goType(value)}`));
  if (type.scalar === "string" && typeof value !== "string")
    problems.push(at(path, `expected string, got &value.valueUnstructured{Value:${goFormat(value)}}`));
  if (type.scalar === "boolean" && typeof value !== "boolean") problems.push(at(path, `expected boolean, got ${shown(value)}`));
  if (type.scalar === "untyped" && typeof value === "object") problems.push(at(path, `expected any scalar, got ${shown(value)}`));
}

function goType(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

function list(value: unknown[], type: TypeModel, path: string, problems: string[]): void {
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    let element = `i:${i}`;
    if (!type.atomic && type.kind === "list") {
      try {
        element = itemElement(type, item);
      } catch (error) {
        problems.push(at(path, `element ${i}: ${(error as Error).message}`));
        return;
      }
      if (seen.has(element)) problems.push(at(path, `duplicate entries for key ${formatElement(element)}`));
      seen.add(element);
    }
    walk(item, type.items(), path + formatElement(element), problems);
  }
}

function map(value: JsonObject, type: TypeModel, path: string, problems: string[]): void {
  for (const key of Object.keys(value).sort()) {
    const below = path + formatElement(fieldElement(key));
    const field = type.field(key);
    if (!field) {
      problems.push(`${below}: field not declared in schema`);
      return;
    }
    walk(value[key], field, below, problems);
  }
}
