import type { KubeObject } from "../../../shared/kubernetes/object.ts";

/** Asks for a meta.k8s.io/v1 Table, and takes the plain list from a server that has none. */
export const tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description?: string;
  /** 0 is shown by `kubectl get`, more only by `-o wide`. */
  priority: number;
}

export interface TableRow {
  cells: unknown[];
  object?: KubeObject;
}

/** A Table, or the list that came instead. */
export interface TableAnswer {
  kind: string;
  apiVersion?: string;
  metadata?: { resourceVersion?: string; continue?: string };
  columnDefinitions?: TableColumn[];
  rows?: TableRow[];
  items?: KubeObject[];
}

export const columnsOf = (table: TableAnswer): TableColumn[] => table.columnDefinitions ?? [];

export const cellsOf = (row: TableRow): unknown[] => row.cells;
