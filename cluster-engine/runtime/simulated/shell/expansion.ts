import { arithmetic } from "./arithmetic.ts";
import type { List, Part, Word } from "./syntax.ts";

/** What a word may refer to. */
export interface Scope {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** Runs a list and returns what it printed, without the newlines at its end. */
  capture(list: List): Promise<string>;
}

/** A variable that must be set is not: ends the shell. */
export class ExpansionError extends Error {}

/** The fields of a word: one, unless an unquoted expansion is split or leaves nothing. */
export async function expandWord(word: Word, scope: Scope): Promise<string[]> {
  const fields: string[] = [];
  let current: string | undefined;
  const add = (text: string) => (current = (current ?? "") + text);
  for (const part of word) {
    if (part.kind === "text" || part.quoted) {
      add(await expandPart(part, scope));
      continue;
    }
    const [first = "", ...rest] = (await expandPart(part, scope)).split(/[ \t\n]+/);
    if (first) add(first);
    for (const field of rest) {
      if (current !== undefined) fields.push(current);
      current = field || undefined;
    }
  }
  if (current !== undefined) fields.push(current);
  return fields;
}

/** The text of a word that is not split: of an assignment or a redirection. */
export async function expandText(word: Word, scope: Scope): Promise<string> {
  let text = "";
  for (const part of word) text += await expandPart(part, scope);
  return text;
}

async function expandPart(part: Part, scope: Scope): Promise<string> {
  switch (part.kind) {
    case "text":
      return part.text;
    case "command":
      return scope.capture(part.list);
    case "arithmetic":
      return String(arithmetic(await expandText(part.expression, scope), (name) => scope.get(name)));
    case "parameter":
      return expandParameter(part, scope);
  }
}

async function expandParameter({ name, operator, operand = [] }: Part & { kind: "parameter" }, scope: Scope): Promise<string> {
  if (name.length > 1 && name.startsWith("#")) return String((scope.get(name.slice(1)) ?? "").length);
  const value = scope.get(name);
  if (!operator) return value ?? "";
  const sign = operator.at(-1)!;
  if (sign === "%" || sign === "#") return stripped(value ?? "", operator, await expandText(operand, scope));
  const isSet = operator.startsWith(":") ? Boolean(value) : value !== undefined;
  if (sign === "+") return isSet ? expandText(operand, scope) : "";
  if (isSet) return value!;
  const text = await expandText(operand, scope);
  if (sign === "?") throw new ExpansionError(`${name}: ${text || "parameter not set"}`);
  if (sign === "=") scope.set(name, text);
  return text;
}

/** Without what a pattern matches at its beginning (`#`) or end (`%`), the shortest or, doubled, the longest. */
function stripped(value: string, operator: string, pattern: string): string {
  const matches = globPattern(pattern);
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  for (const length of operator.length === 2 ? lengths.toReversed() : lengths) {
    if (operator.startsWith("#") && matches.test(value.slice(0, length))) return value.slice(length);
    if (operator.startsWith("%") && matches.test(value.slice(value.length - length))) return value.slice(0, value.length - length);
  }
  return value;
}

/** A shell pattern of `*` and `?` as a regular expression over the whole text. */
export const globPattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  );
