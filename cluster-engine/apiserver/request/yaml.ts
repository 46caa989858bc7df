import { parseDocument, stringify, type YAMLParseError } from "yaml";
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
  if (fatal) throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${problem(fatal)}`);
  return { value: document.toJS() as unknown, duplicates: document.errors.map((error) => duplicate(error, text)) };
}

function duplicate({ linePos, pos }: YAMLParseError, text: string): string {
  const key = /^\s*"?([^":\s]+)/.exec(text.slice(pos[0]))?.[1] ?? "";
  return `line ${linePos?.[0].line ?? 0}: key ${JSON.stringify(key)} already set in map`;
}

function problem(error: YAMLParseError): string {
  if (error.code === "BLOCK_AS_IMPLICIT_KEY" || /Nested mappings are not allowed/.test(error.message))
    return "mapping values are not allowed in this context";
  const line = error.linePos?.[0].line;
  const first = error.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  return line === undefined ? first : `line ${line}: ${first}`;
}

/** Fields in alphabetical order, as Kubernetes writes YAML. */
export const toYaml = (value: unknown): string => stringify(value, { version: "1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false });
