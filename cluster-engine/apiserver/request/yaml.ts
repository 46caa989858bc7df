import { type Document, parseDocument, stringify, type YAMLParseError } from "yaml";
import { isValueTooDeep, maxDepth } from "../../api/depth.ts";
import { badRequest } from "./statusErrors.ts";

// YAML 1.1, as Kubernetes reads and writes it. A module of its own: it is loaded when YAML is first seen.

export interface YamlDocument {
  value: unknown;
  /** `line 9: key "foo" already set in map`; the last value counts. */
  duplicates: string[];
}

/** @throws BadRequest with a text like that of Go's yaml */
export function parseYaml(text: string): YamlDocument {
  const document = parseDocument(text, { version: "1.1", merge: true, uniqueKeys: true, logLevel: "error" });
  const fatal = document.errors.find((error) => error.code !== "DUPLICATE_KEY");
  if (fatal) throw unreadable(problem(fatal));
  return { value: valueOf(document), duplicates: document.errors.map((error) => duplicate(error, text)) };
}

/** Aliases are resolved within bounds: a few lines could stand for more than any memory holds. */
function valueOf(document: Document): unknown {
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // The library's word for too many aliases, and for none to an anchor.
    if (error instanceof ReferenceError) throw unreadable(aliasProblem(error));
    throw error;
  }
  if (isValueTooDeep(value)) throw unreadable(`exceeded max depth of ${maxDepth}`);
  return value;
}

const unreadable = (problem: string) => badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${problem}`);
const aliasProblem = ({ message }: Error) => (message.startsWith("Excessive alias count") ? "document contains excessive aliasing" : message);

function duplicate({ linePos, pos }: YAMLParseError, text: string): string {
  const key = /^\s*"?([^":\s]+)/.exec(text.slice(pos[0]))?.[1] ?? "";
  return `line ${linePos?.[0].line ?? 0}: key ${JSON.stringify(key)} already set in map`;
}

function problem(error: YAMLParseError): string {
  // The parser works by recursion.
  if (/call stack/.test(error.message)) return "exceeded max depth";
  if (error.code === "BLOCK_AS_IMPLICIT_KEY" || /Nested mappings are not allowed/.test(error.message))
    return "mapping values are not allowed in this context";
  const line = error.linePos?.[0].line;
  const first = error.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  return line === undefined ? first : `line ${line}: ${first}`;
}

/** Fields in alphabetical order, as Kubernetes writes YAML. */
export const toYaml = (value: unknown): string =>
  stringify(value, { version: "1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false });
