import { regularExpression, type RegularExpression } from "../../api/regularExpression.ts";
import { sizeOf, textOf } from "./conversions.ts";
import { CelError, CelUnsupported, type Value } from "./values.ts";

type Method = (on: Value, ...args: Value[]) => Value | undefined;

function expressionOf(pattern: string): RegularExpression {
  try {
    return regularExpression(pattern);
  } catch (error) {
    throw new CelError((error as Error).message);
  }
}

const matches = (text: Value, pattern: Value): Value | undefined =>
  typeof text === "string" && typeof pattern === "string" ? expressionOf(pattern).test(text) : undefined;

/** A method of strings whose first arguments are strings. */
const onText =
  (method: (text: string, first: string, ...rest: Value[]) => Value): Method =>
  (on, first, ...rest) =>
    typeof on === "string" && (first === undefined || typeof first === "string") ? method(on, first ?? "", ...rest) : undefined;

const plain =
  (method: (characters: string[], ...args: Value[]) => Value): Method =>
  (on, ...args) =>
    typeof on === "string" ? method(Array.from(on), ...args) : undefined;

const asIndex = (value: Value | undefined, otherwise: number): number => (value === undefined ? otherwise : Number(value as bigint));

function position(text: string, part: string, from: Value | undefined, last: boolean): bigint {
  const characters = Array.from(text);
  const wanted = Array.from(part);
  const starts = characters.map((_, i) => i).concat(characters.length);
  const fits = starts.filter((start) => wanted.every((character, i) => characters[start + i] === character));
  const bound = asIndex(from, last ? characters.length : 0);
  if (bound < 0 || bound > characters.length) throw new CelError(`index out of range: ${bound}`);
  const allowed = fits.filter((start) => (last ? start <= bound : start >= bound));
  return BigInt((last ? allowed.at(-1) : allowed[0]) ?? -1);
}

function substring(characters: string[], from: Value | undefined, to: Value | undefined): string {
  const start = asIndex(from, 0);
  const end = asIndex(to, characters.length);
  if (start < 0 || start > characters.length) throw new CelError(`index out of range: ${start}`);
  if (end < 0 || end > characters.length) throw new CelError(`index out of range: ${end}`);
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return characters.slice(start, end).join("");
}

function limited(parts: string[], limit: number, separator: string): string[] {
  if (limit < 0 || parts.length <= limit) return parts;
  if (limit === 0) return [];
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function replace(text: string, old: string, by: string, limit: number): string {
  const parts = text.split(old);
  const count = limit < 0 ? parts.length - 1 : Math.min(limit, parts.length - 1);
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map((part) => old + part)
      .join("")
  );
}

/** `'%s has %d'.format([a, b])`. */
function format(text: string, args: Value): string {
  if (!Array.isArray(args)) throw new CelError("no such overload");
  let next = 0;
  return text.replace(/%(?:\.(\d+))?([sdfebxXo%])/g, (_, digits: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    const value = args[next++];
    if (value === undefined) throw new CelError(`index ${next - 1} out of range`);
    if (verb === "f") return Number(value as bigint).toFixed(digits === undefined ? 6 : Number(digits));
    if (verb === "s") return shown(value);
    if (verb === "d") return textOf(value);
    throw new CelUnsupported(`format %${verb}`);
  });
}

function shown(value: Value): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${shown(key)}: ${shown(item)}`).join(", ")}}`;
  return textOf(value);
}

export const stringMethods: Record<string, Method> = {
  size: (on) => sizeOf(on),
  matches,
  startsWith: onText((text, part) => text.startsWith(part)),
  endsWith: onText((text, part) => text.endsWith(part)),
  contains: (on, part) => (typeof on === "string" && typeof part === "string" ? on.includes(part) : undefined),
  charAt: plain((characters, at) => characters[Number(at as bigint)] ?? ""),
  indexOf: (on, part, from) => (typeof on === "string" && typeof part === "string" ? position(on, part, from, false) : undefined),
  lastIndexOf: (on, part, from) => (typeof on === "string" && typeof part === "string" ? position(on, part, from, true) : undefined),
  lowerAscii: onText((text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
  upperAscii: onText((text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())),
  trim: onText((text) => text.trim()),
  reverse: plain((characters) => [...characters].reverse().join("")),
  replace: onText((text, old, by, limit) => replace(text, old, by as string, asIndex(limit, -1))),
  split: onText((text, separator, limit) => limited(text.split(separator), asIndex(limit, -1), separator)),
  substring: plain((characters, from, to) => substring(characters, from, to)),
  format: (on, args) => (typeof on === "string" ? format(on, args ?? []) : undefined),
  find: onText((text, pattern) => expressionOf(pattern).find(text) ?? ""),
  findAll: onText((text, pattern, limit) => {
    const found = expressionOf(pattern).findAll(text);
    return limit === undefined || (limit as bigint) < 0n ? found : found.slice(0, Number(limit as bigint));
  }),
};

export const stringFunctions: Record<string, (...args: Value[]) => Value> = {
  matches: (text, pattern) => matches(text!, pattern!) ?? false,
  "strings.quote": (text) => JSON.stringify(text),
  "base64.encode": (bytes) => Buffer.from(bytes as Uint8Array).toString("base64"),
  "base64.decode": (text) => new Uint8Array(Buffer.from(text as string, "base64")),
};
