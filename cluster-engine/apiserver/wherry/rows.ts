import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";

interface Row {
  cells: (string | number)[];
  metadata: object;
}

/** Whether the client wants a table, as `kubectl get` does. */
export const wantsRows = (call: ApiCall): boolean => /as=Table/.test(call.header("accept") ?? "");

/** A meta.k8s.io/v1 Table; the first column is the name. */
export function rows(columns: string[], found: Row[]): Answer {
  const columnDefinitions = columns.map((name, index) => ({ name, type: "string", format: index ? "" : "name", description: "", priority: 0 }));
  const body = found.map(({ cells, metadata }) => ({
    cells,
    object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata },
  }));
  return {
    type: "bytes",
    code: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: {}, columnDefinitions, rows: body }),
  };
}
