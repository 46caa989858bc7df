import { humanDuration, tableColumns, tablePrinter, tableRowConditions, type Cell, type TableColumn } from "../../api/table.ts";
import { LimitRanges } from "../../api/resources.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Scale } from "../../../shared/kubernetes/types.ts";
import type { CustomResource } from "../customResources/customResource.ts";
import { valueAtPath } from "../customResources/jsonPath.ts";
import type { ServedResource } from "../registry/servedResource.ts";

/** How the objects of a resource look as rows. */
export interface RowPrinter {
  columns: TableColumn[];
  cells(object: KubeObject, now: number): Cell[];
  conditions(object: KubeObject): object[] | undefined;
}

export function rowPrinter(resource: ServedResource): RowPrinter {
  if (resource.kind === "Scale") return scalePrinter;
  if (resource.custom) return customPrinter(resource.custom);
  const print = tablePrinter(resource);
  return { columns: tableColumns(resource), cells: print, conditions: (object) => tableRowConditions(resource, object) };
}

const scaleColumn = (name: string, type: string, format = ""): TableColumn => ({ name, type, format, description: "", priority: 0 });

const scalePrinter: RowPrinter = {
  columns: [
    scaleColumn("Name", "string", "name"),
    scaleColumn("Desired", "integer"),
    scaleColumn("Available", "integer"),
    scaleColumn("Age", "string"),
  ],
  cells(object, now) {
    const { metadata, spec, status } = object as Scale;
    return [metadata.name, spec?.replicas ?? 0, status?.replicas ?? 0, humanDuration(now - Date.parse(metadata.creationTimestamp ?? ""))];
  },
  conditions: () => undefined,
};

const age: CustomResource["columns"][number] = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** Name, then the columns that the definition names; the age when it names none. */
function customPrinter({ columns }: CustomResource): RowPrinter {
  const [name, created] = tableColumns(LimitRanges);
  const wanted = columns.length ? columns : [age];
  const described = wanted.map(({ name: title, type, format = "", description, priority = 0, jsonPath }) => ({
    name: title,
    type,
    format,
    description: description ?? (columns.length === 0 ? created!.description : `Custom resource definition column (in JSONPath format): ${jsonPath}`),
    priority,
  }));
  return {
    columns: [name!, ...described],
    cells: (object, now) => [object.metadata.name, ...wanted.map((column) => customCell(valueAtPath(object, column.jsonPath), column.type, now))],
    conditions: () => undefined,
  };
}

function customCell(value: unknown, type: string, now: number): Cell {
  if (value === undefined || value === null) return null as unknown as Cell;
  if (type === "date") {
    const time = typeof value === "string" ? Date.parse(value) : NaN;
    return Number.isNaN(time) ? "<invalid>" : humanDuration(now - time);
  }
  if (type === "string") return typeof value === "string" ? value : JSON.stringify(value);
  return (typeof value === "number" || typeof value === "boolean" ? value : null) as Cell;
}
