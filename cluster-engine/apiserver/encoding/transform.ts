import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Clock } from "../../base/clock.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import type { Representation } from "./negotiation.ts";
import { rowPrinter, type RowPrinter } from "./tableRows.ts";

type Transformable = Extract<Answer, { type: "object" | "list" }>;

export interface TransformOptions {
  /** False leaves the columns of a Table out: later events of a watch. */
  headers?: boolean;
  /** The object is a bookmark: it has a revision and nothing else to show. */
  bookmark?: boolean;
}

/** Answers as a Table or as bare metadata. */
export function transformed(answer: Transformable, wanted: Representation, call: ApiCall, clock: Clock, options: TransformOptions = {}): object {
  const apiVersion = `meta.k8s.io/${wanted.version}`;
  if (wanted.as === "Table") return table(answer, apiVersion, call, clock, options);
  if (answer.type === "object") return partialMetadata(answer.object, apiVersion);
  const items = answer.items.length ? answer.items.map((item) => partialMetadata(item, apiVersion)) : null;
  return { kind: "PartialObjectMetadataList", apiVersion, metadata: answer.metadata, items };
}

const partialMetadata = ({ object }: StoredObject, apiVersion: string): object => ({
  kind: "PartialObjectMetadata",
  apiVersion,
  metadata: object.metadata,
});

const includes = ["None", "Metadata", "Object"];

function table(answer: Transformable, apiVersion: string, call: ApiCall, clock: Clock, { headers = true, bookmark }: TransformOptions): object {
  const include = call.query.get("includeObject") || "Metadata";
  if (!includes.includes(include)) throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`);
  const printer = rowPrinter(answer.resource);
  const now = clock.now();
  const items = answer.type === "list" ? answer.items : [answer.object];
  const metadata = answer.type === "list" ? answer.metadata : { resourceVersion: answer.object.object.metadata.resourceVersion };
  const rows = items.map((item) => ({
    ...(bookmark ? blank(printer) : shown(item.object, printer, now)),
    object: included(item, include, apiVersion),
  }));
  return { kind: "Table", apiVersion, metadata, columnDefinitions: headers ? printer.columns : null, rows };
}

function shown(object: KubeObject, printer: RowPrinter, now: number): object {
  const conditions = printer.conditions(object);
  const [name, ...others] = printer.cells(object, now);
  return { cells: [name ?? "", ...others], ...(conditions ? { conditions } : {}) };
}

const blank = ({ columns }: RowPrinter): object => ({ cells: columns.map(({ type }) => (type === "integer" || type === "number" ? 0 : "")) });

const included = (item: StoredObject, include: string, apiVersion: string): object | null =>
  include === "None" ? null : include === "Object" ? item.object : partialMetadata(item, apiVersion);
