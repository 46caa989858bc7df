import { goJsonKind } from "../json.ts";
import { canonicalQuantity, QuantityError } from "../quantity.ts";
import type { Scalar, Schema } from "../schemas.ts";
import type { DecodeContext } from "./context.ts";
import { canonicalTime } from "./time.ts";

/** Turns a JSON value that is not null into its canonical form; undefined after a type error. */
export type Decoder = (value: unknown, context: DecodeContext) => unknown;

const syntaxError = (context: DecodeContext, value: unknown, type: string): never => context.fail(context.typeMessage(goJsonKind(value), type));

/** Types with a syntax of their own. */
export const scalarDecoders: Record<Exclude<Scalar, "SchemaOr">, Decoder> = {
  Quantity(value, context) {
    try {
      return canonicalQuantity(typeof value === "string" ? value.trim() : typeof value === "number" ? value : "");
    } catch (error) {
      if (error instanceof QuantityError) context.fail(error.message);
      throw error;
    }
  },
  IntOrString(value, context) {
    if (typeof value === "string") return value;
    if (typeof value !== "number") return syntaxError(context, value, "int32");
    return isInteger(value, "int32") ? value : context.fail(context.typeMessage(`number ${value}`, "int32"));
  },
  Time: (value, context) => time(value, "Time", context),
  MicroTime: (value, context) => time(value, "MicroTime", context),
  RawExtension: (value) => value,
  FieldsV1: (value) => value,
  JSON: (value) => value,
};

/** The time before all times stands for none. */
function time(value: unknown, kind: "Time" | "MicroTime", context: DecodeContext): string | null {
  if (typeof value !== "string") return syntaxError(context, value, "string");
  const canonical = canonicalTime(value, kind, (message) => context.fail(message));
  return canonical.startsWith("0001-01-01T00:00:00") ? null : canonical;
}

/** A decoder of a string, boolean or number; `type` as errors name it. */
export function primitiveDecoder(schema: Schema, type: string): Decoder {
  if (schema.type === "string" && schema.format === "byte") return bytes;
  if (schema.type === "string" || schema.type === "boolean") return ofType(schema.type, type);
  if (schema.type === "integer") return integer(schema.format ?? "int64", type);
  if (schema.type === "number") return ofType("number", type);
  return (value) => value;
}

const ofType =
  (jsType: string, type: string): Decoder =>
  (value, context) =>
    typeof value === jsType ? value : context.wrongType(goJsonKind(value), type);

const integer =
  (format: string, type: string): Decoder =>
  (value, context) => {
    if (typeof value !== "number") return context.wrongType(goJsonKind(value), type);
    return isInteger(value, format) ? value : context.wrongType(`number ${value}`, type);
  };

const isInteger = (value: number, format: string): boolean =>
  Number.isInteger(value) && Math.abs(value) <= (format === "int32" ? 2 ** 31 - (value >= 0 ? 1 : 0) : 2 ** 63);

const bytes: Decoder = (value, context) => {
  if (typeof value !== "string") return context.wrongType(goJsonKind(value), "[]uint8");
  const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
  const bad = base64Problem(text);
  return bad < 0 ? text : context.fail(`illegal base64 data at input byte ${bad}`);
};

/** The position of the first byte that standard base64 can't have there; -1 when all is well. */
function base64Problem(text: string): number {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return -1;
  const wrong = text.search(/[^A-Za-z0-9+/]/);
  if (wrong < 0) return text.length - (text.length % 4);
  const padding = text[wrong] === "=" && wrong % 4 >= 2;
  return padding && text.length > wrong + 1 ? Math.min(text.length, wrong + 1) : wrong;
}
