import type { FieldError } from "./fieldError.ts";
import { StatusError } from "./statusError.ts";

const labels: Record<FieldError["type"], string> = {
  Required: "Required value",
  Invalid: "Invalid value",
  TypeInvalid: "Invalid value",
  NotSupported: "Unsupported value",
  Forbidden: "Forbidden",
  Duplicate: "Duplicate value",
  TooLong: "Too long",
  TooMany: "Too many",
  NotFound: "Not found",
  InternalError: "Internal error",
};

/** Types whose message shows no value. */
const withoutValue = new Set<FieldError["type"]>(["Required", "Forbidden", "TooLong", "InternalError"]);

export const required = (field: string, detail?: string): FieldError => ({ type: "Required", field, detail });
export const invalidValue = (field: string, value: unknown, detail?: string): FieldError => ({ type: "Invalid", field, value, detail });
export const notSupported = (field: string, value: unknown, supported: string[]): FieldError => ({ type: "NotSupported", field, value, supported });
export const forbidden = (field: string, detail?: string): FieldError => ({ type: "Forbidden", field, detail });
export const duplicate = (field: string, value: unknown): FieldError => ({ type: "Duplicate", field, value });
export const notFound = (field: string, value: unknown): FieldError => ({ type: "NotFound", field, value });
/** `max` in bytes. */
export const tooLong = (field: string, max: number): FieldError => ({
  type: "TooLong",
  field,
  detail: `may not be more than ${max} ${max === 1 ? "byte" : "bytes"}`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: "TooMany",
  field,
  value: actual,
  detail: `must have at most ${max} ${max === 1 ? "item" : "items"}`,
});

/** The messages of a check of names.ts as errors of a field. */
export const invalidEach = (field: string, value: unknown, messages: string[]): FieldError[] =>
  messages.map((detail) => invalidValue(field, value, detail));

/** The text after the field's path: `Invalid value: "x": must be …`. */
export function fieldErrorMessage(error: FieldError): string {
  const value = withoutValue.has(error.type) || error.valueOmitted ? "" : `: ${printed(error.value)}`;
  const detail = error.supported?.length ? `supported values: ${error.supported.map(quote).join(", ")}` : error.detail;
  return `${labels[error.type]}${value}${detail ? `: ${detail}` : ""}`;
}

/**
 * The 422 answer to an object with wrong fields: reason Invalid, one cause per error.
 * `kind.group` is "" for core, which prints the bare kind.
 */
export function invalid(kind: { group: string; kind: string }, name: string, errors: FieldError[]): StatusError {
  const messages = errors.map((error) => ({ field: error.field, body: fieldErrorMessage(error), type: causeType(error.type) }));
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const text = aggregate(messages.map(({ field, body }) => `${field}: ${body}`));
  return new StatusError(422, "Invalid", `${qualified} ${quote(name)} is invalid${text ? `: ${text}` : ""}`, {
    ...(name ? { name } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    ...(kind.kind ? { kind: kind.kind } : {}),
    ...(messages.length ? { causes: messages.map(({ field, body, type }) => ({ reason: type, message: body, field })) } : {}),
  });
}

/** Several messages as one, as Go's utilerrors.Aggregate prints them: each once, in brackets when there are several. */
export function aggregate(messages: string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length > 1 ? `[${distinct.join(", ")}]` : (distinct[0] ?? "");
}

const causeType = (type: FieldError["type"]): string => (type === "InternalError" ? type : `FieldValue${type}`);

function printed(value: unknown): string {
  if (typeof value === "string") return quote(value);
  return goJson(value ?? null);
}

/** JSON as Go's encoding/json writes it: `<`, `>` and `&` escaped. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const escapes: Record<string, string> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
  "\u0007": "\\a",
};

/** Text in double quotes as Go's %q writes it. */
export const quote = (text: string): string =>
  `"${text.replace(/[\\"\p{Cc}]/gu, (char) => escapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;
