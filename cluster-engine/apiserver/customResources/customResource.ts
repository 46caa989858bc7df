import type { CustomResourceDefinition } from "../../../shared/kubernetes/types.ts";
import type { Schema } from "../../api/schemas.ts";

/** What a served resource has beyond a built-in one. */
export interface CustomResource {
  definition: CustomResourceDefinition;
  /** Of the served version. */
  schema: Schema;
  /** Of the version in which objects are stored: what it does not name is not kept. */
  storedSchema: Schema;
  /** Extra columns of Tables. */
  columns: { name: string; type: string; format?: string; description?: string; priority?: number; jsonPath: string }[];
  /** Fields usable in a fieldSelector besides name and namespace. */
  selectableFields: string[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
}
