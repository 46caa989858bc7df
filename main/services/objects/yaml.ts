import { stringify } from "yaml";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { trimObject } from "../watch/trimObject.ts";

/** The object as a person reads it: no managed fields, no values of Secrets. */
export const readableYaml = (object: KubeObject): string => stringify(trimObject(object), { lineWidth: 0 });
