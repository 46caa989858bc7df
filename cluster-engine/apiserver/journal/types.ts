import type { WriteCause } from "../../client/types.ts";

/** One write: who, what, why and when. Holds values only of fields that can't carry a secret. */
export interface JournalEntry {
  /** RFC 3339 with milliseconds: when the write was durable. */
  time: string;
  /** Of the write; no two writes share one. */
  revision: number;
  verb: "create" | "update" | "delete";
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name: string;
  uid?: string;
  user: string;
  userAgent: string;
  /** What woke the writer; absent when it acted of its own accord, as people do. */
  cause?: WriteCause;
  /** The fields that differ, the telling ones first; not all of them. */
  changes?: FieldChange[];
}

export interface FieldChange {
  /** `spec.template.spec.containers[web].image`. `size(…)` of a list whose items have no names. */
  path: string;
  /** Absent: the field has another value than before. */
  op?: "add" | "remove";
  from?: string | number | boolean;
  to?: string | number | boolean;
}

/** What a query of entries asks for; undefined takes any. */
export interface JournalQuery {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  user?: string;
  component?: string;
  /** Only entries after this revision. */
  after?: number;
  /** The newest of those that match. */
  limit?: number;
}
