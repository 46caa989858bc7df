import type { FieldError } from "../../api/fieldError.ts";

/** Gathers what is wrong with an object, in the order in which Kubernetes reports it. */
export class Problems {
  readonly list: FieldError[] = [];

  required(field: string, detail?: string): void {
    this.list.push(detail ? { type: "Required", field, detail } : { type: "Required", field });
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.list.push({ type: "Invalid", field, value, detail });
  }

  /** Invalid as a whole, where printing the value would not help. */
  invalidWithoutValue(field: string, detail: string): void {
    this.list.push({ type: "Invalid", field, detail, valueOmitted: true });
  }

  /** One Invalid for each message. */
  invalidEach(field: string, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(field, value, message);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    this.list.push({ type: "NotSupported", field, value: value ?? "", supported: [...supported] });
  }

  forbidden(field: string, detail: string): void {
    this.list.push({ type: "Forbidden", field, detail });
  }

  duplicate(field: string, value: unknown): void {
    this.list.push({ type: "Duplicate", field, value });
  }

  notFound(field: string, value: unknown): void {
    this.list.push({ type: "NotFound", field, value });
  }

  /** `limit` in bytes. */
  tooLong(field: string, limit: number): void {
    this.list.push({ type: "TooLong", field, detail: `may not be more than ${limit} ${limit === 1 ? "byte" : "bytes"}` });
  }

  tooMany(field: string, actual: number, limit: number): void {
    this.list.push({ type: "TooMany", field, value: actual, detail: `must have at most ${limit} ${limit === 1 ? "item" : "items"}` });
  }

  internal(field: string, detail: string): void {
    this.list.push({ type: "InternalError", field, detail });
  }

  /** `value` must be at least 0; absent counts as 0. */
  nonNegative(field: string, value: number | undefined): void {
    if (value !== undefined && value < 0) this.invalid(field, value, notNegative);
  }

  /** Invalid unless `now` equals `before`. */
  immutable(field: string, now: unknown, before: unknown): void {
    if (!sameValue(now, before)) this.invalid(field, now ?? null, "field is immutable");
  }
}

export const notNegative = "must be greater than or equal to 0";
export const outOfRange = (from: number, to: number): string => `must be between ${from} and ${to}, inclusive`;

/** Deep equality in which absent, null, empty lists and empty maps are one (Go's Semantic.DeepEqual). */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) && isEmpty(b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isEmpty(right[key])) return false;
  return true;
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || (Array.isArray(value) && value.length === 0);
