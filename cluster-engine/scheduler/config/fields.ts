import type { FieldError } from "../../api/fieldError.ts";
import { invalidValue } from "../../api/validationErrors.ts";

/** What a field may hold. */
export type Shape =
  | { type: "string" | "integer" | "boolean" | "any" }
  | { type: "list"; of: Shape }
  | { type: "object"; fields: Readonly<Record<string, Shape>> };

export const text: Shape = { type: "string" };
export const integer: Shape = { type: "integer" };
export const flag: Shape = { type: "boolean" };
export const anything: Shape = { type: "any" };
export const list = (of: Shape): Shape => ({ type: "list", of });
export const object = (fields: Record<string, Shape>): Shape => ({ type: "object", fields });

/** Where a value is not what its field holds, and fields that there are not. */
export function shapeErrors(value: unknown, shape: Shape, path: string): FieldError[] {
  if (value === undefined || value === null || shape.type === "any") return [];
  switch (shape.type) {
    case "list":
      if (!Array.isArray(value)) return [invalidValue(path, value, "must be a list")];
      return value.flatMap((item, i) => shapeErrors(item, shape.of, `${path}[${i}]`));
    case "object":
      if (typeof value !== "object" || Array.isArray(value)) return [invalidValue(path, value, "must be an object")];
      return Object.entries(value).flatMap(([name, inner]) => {
        const field = path ? `${path}.${name}` : name;
        const known = shape.fields[name];
        return known ? shapeErrors(inner, known, field) : [{ type: "Forbidden", field, detail: "unknown field" } satisfies FieldError];
      });
    case "integer":
      return Number.isSafeInteger(value) ? [] : [invalidValue(path, value, "must be an integer")];
    default:
      return typeof value === shape.type ? [] : [invalidValue(path, value, `must be a ${shape.type}`)];
  }
}
