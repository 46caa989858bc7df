import type { ResourceRef, ViewMessage } from "./contract.ts";

/** A CustomResourceDefinition without its schemas. */
export interface Definition {
  /** `plural.group`. */
  name: string;
  group: string;
  kind: string;
  plural: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  versions: { name: string; served: boolean; storage: boolean; stored: boolean; deprecated?: string }[];
  conditions: { type: string; status: string; reason: string; message: string; good: boolean }[];
  /** In the version that the cluster prefers; absent while none is served. */
  instances?: ResourceRef;
  /** How many there are; absent: not known yet. */
  count?: number;
  /** Why they can't be counted. */
  uncounted?: string;
}

export interface DefinitionsMessage {
  definitions: Definition[];
  freshness: NonNullable<ViewMessage["freshness"]>;
}

/** What a value must be beyond its type, as the catalog names it. */
export const schemaLimits = [
  "minimum",
  "above",
  "maximum",
  "below",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "pattern",
  "nullable",
  "listMapKeys",
  "set",
  "atomic",
] as const;
export type SchemaLimit = (typeof schemaLimits)[number];

/** A field of a schema with what is below it. Items of lists and values of maps are the field's own children. */
export interface SchemaField {
  /** Empty for the object itself. */
  name: string;
  /** As `kubectl explain` takes it: `spec.template.spec`. */
  path: string;
  /** `string`, `[]object`, `map[string]integer`, `integer or string`, … */
  type: string;
  required: boolean;
  description: string;
  /** In JSON. */
  default?: string;
  enum: string[];
  limits: { id: SchemaLimit; value: string }[];
  /** CEL. */
  rules: { rule: string; message: string }[];
  children: SchemaField[];
}

export interface SchemaMessage {
  root: SchemaField | null;
  /** There are more fields than are shown. */
  truncated: boolean;
  columns: { name: string; type: string; jsonPath: string; description: string }[];
  subresources: string[];
}
