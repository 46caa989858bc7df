import type { Schema } from "../../api/schemas.ts";
import { builtInSchema } from "./decodeObject.ts";
import type { ServedResource } from "./servedResource.ts";

/** The schema of the resource's objects in the served version. */
export const resourceSchema = (resource: ServedResource): Schema => resource.custom?.schema ?? builtInSchema(resource);
