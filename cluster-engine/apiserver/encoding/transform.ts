import type { Clock } from "../../base/clock.ts";
import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";
import type { StoredObject } from "../storage/storedObject.ts";
import type { Representation } from "./negotiation.ts";
import { rowPrinter, type RowPrinter } from "./tableRows.ts";

type Transformable = Extract<Answer, { type: "object" | "list" }>;

/** Answers as a Table or as bare metadata. `headers: false` leaves the columns out: later events of a watch. */
export function transformed(answer: Transformable, wanted: Representation, call: ApiCall, clock: Clock, headers = true): object {
  const apiVersion = `meta.k8s.io/${wanted.version}`;
  if (wanted.as === "Table") return table(answer, apiVersion, call, clock, headers);
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

function table(answer: Transformable, apiVersion: string, call: ApiCall, clock: Clock, headers: boolean): object {
  const include = call.query.get("includeObject") || "Metadata";
  if (!includes.includes(include)) throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`);
  const printer = rowPrinter(answer.resource);
  const now = clock.now();
  const items = answer.type === "list" ? answer.items : [answer.object];
  const metadata = answer.type === "list" ? answer.metadata : { resourceVersion: answer.object.object.metadata.resourceVersion };
  const rows = items.map((item) => row(item, printer, now, include, apiVersion));
  return { kind: "Table", apiVersion, metadata, columnDefinitions: headers ? printer.columns : null, rows };
}

function row(item: StoredObject, printer: RowPrinter, now: number, include: string, apiVersion: string): object {
  const { object } = item;
  const conditions = printer.conditions(object);
  const shown = include === "None" ? null : include === "Object" ? object : partialMetadata(item, apiVersion);
  const [name, ...others] = printer.cells(object, now);
  return { cells: [name ?? "", ...others], ...(conditions ? { conditions } : {}), object: shown };
}
