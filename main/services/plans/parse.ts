import { type Document, isMap as isMapping, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from "yaml";
import { kubernetesYaml } from "../objects/yaml.ts";
import type { SourceText } from "./readSources.ts";

/** One object of a manifest as it was written. */
export interface Manifest {
  source: { name: string; line: number };
  /** Undefined when the document is not YAML. */
  body?: Record<string, unknown>;
  errors: { message: string; line?: number; field?: string }[];
  /** The line (from 1) of a field such as `spec.containers[0].image`, or of the closest parent that is there. */
  lineOf(field: string): number;
}

const aliasLimit = 100;

/** Splits a file into its objects, `List`s opened. What is not YAML becomes an entry with the error's line. */
export function parseManifests({ name, text }: SourceText): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...kubernetesYaml, lineCounter: lines });
  return [...documents].flatMap((document) => (isEmpty(document) ? [] : manifestsOf(document as Document.Parsed, name, lines)));
}

/** A separator, or a comment alone. */
const isEmpty = ({ contents, errors }: Document.Parsed | Document): boolean =>
  errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));

function manifestsOf(document: Document.Parsed, name: string, lines: LineCounter): Manifest[] {
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const first = lineAt(document.contents?.range?.[0] ?? document.range?.[0]);
  const lineOf = (path: (string | number)[]) => lineAt(nearestRange(document, path)) || first;
  const made = (body: unknown, base: (string | number)[]): Manifest => ({
    source: { name, line: base.length > 0 ? lineOf(base) : first },
    ...(isMap(body) ? { body } : {}),
    errors: isMap(body)
      ? []
      : [{ message: `a Kubernetes object must be a map with apiVersion, kind and metadata, not ${describe(body)}`, line: lineOf(base) }],
    lineOf: (field) => lineOf([...base, ...parsePath(field)]),
  });
  if (document.errors.length > 0) {
    const errors = document.errors.map((error) => ({ message: firstLine(error.message), line: error.linePos?.[0].line ?? first }));
    return [{ source: { name, line: errors[0]!.line }, errors, lineOf: () => errors[0]!.line }];
  }
  let body: unknown;
  try {
    body = document.toJS({ maxAliasCount: aliasLimit });
  } catch (error) {
    const line = lineAt(danglingAlias(document) ?? document.contents?.range?.[0]);
    return [{ source: { name, line }, errors: [{ message: (error as Error).message, line }], lineOf: () => line }];
  }
  if (isMap(body) && Array.isArray(body["items"]) && String(body["kind"] ?? "").endsWith("List"))
    return body["items"].map((item, index) => made(item, ["items", index]));
  return [made(body, [])];
}

/** The start of the first alias whose anchor is not there. */
function danglingAlias(document: Document.Parsed): number | undefined {
  let start: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      start = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return start;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const describe = (value: unknown): string => (Array.isArray(value) ? "a list" : value === null ? "nothing" : `a ${typeof value}`);

const firstLine = (message: string): string => message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");

/** The start of the deepest part of `path` that the document has; of a field, where its name stands. */
function nearestRange(document: Document.Parsed, path: (string | number)[]): number | undefined {
  const indexed = withIndexes(document, path);
  for (let length = indexed.length; length > 0; length--) {
    const start = startOf(document, indexed.slice(0, length));
    if (start !== undefined) return start;
  }
  return document.contents?.range?.[0];
}

function startOf(document: Document.Parsed, path: (string | number)[]): number | undefined {
  const parent: unknown = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const key = isMapping(parent) ? parent.items.find((pair) => String(pair.key) === String(path.at(-1)))?.key : undefined;
  const node: unknown = key ?? document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A list item that is named by its key, as server-side apply does (`[name="web"]`), becomes its index. */
function withIndexes(document: Document.Parsed, path: (string | number)[]): (string | number)[] {
  const indexed: (string | number)[] = [];
  for (const step of path) {
    const [, key, value] = /^(\w+)="?([^"]*)"?$/.exec(String(step)) ?? [];
    const list = key === undefined ? undefined : document.getIn(indexed, true);
    const index = isSeq(list) ? (list.toJS(document) as Record<string, unknown>[]).findIndex((item) => String(item?.[key!]) === value) : -1;
    indexed.push(index < 0 ? step : index);
  }
  return indexed;
}

/** `spec.containers[0].image` → ["spec", "containers", 0, "image"]. */
export function parsePath(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, index, key, name]) =>
    index === undefined ? (key ?? name)! : Number(index),
  );
}
