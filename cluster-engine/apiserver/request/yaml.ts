import { parse, stringify } from "yaml";
import { badRequest } from "./statusErrors.ts";

// YAML 1.1, as Kubernetes reads and writes it. A module of its own: it is loaded when YAML is first seen.

/** @throws BadRequest with a text like that of Go's yaml */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { version: "1.1", merge: true, uniqueKeys: false, logLevel: "error" }) as unknown;
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${problem(error as Error & { code?: string })}`);
  }
}

function problem(error: Error & { code?: string; linePos?: [{ line: number }] }): string {
  if (error.code === "BLOCK_AS_IMPLICIT_KEY" || /Nested mappings are not allowed/.test(error.message))
    return "mapping values are not allowed in this context";
  const line = error.linePos?.[0].line;
  const first = error.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  return line === undefined ? first : `line ${line}: ${first}`;
}

/** Fields in alphabetical order, as Kubernetes writes YAML. */
export const toYaml = (value: unknown): string => stringify(value, { version: "1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false });
