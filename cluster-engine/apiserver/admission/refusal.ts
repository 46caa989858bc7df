import type { StatusError } from "../../api/statusError.ts";
import { forbidden } from "../request/statusErrors.ts";
import type { AdmissionAttributes } from "./types.ts";

/** `pods "web" is forbidden: problem`, for the object of this request. */
export function refusal({ resource, name, object }: AdmissionAttributes, problem: string): StatusError {
  return forbidden(resource, name || object?.metadata?.name || object?.metadata?.generateName || "", problem);
}

/** True for the object itself (no subresource) of one resource. */
export const concerns = (attributes: AdmissionAttributes, resource: string, group = ""): boolean =>
  attributes.subresource === "" && attributes.resource.resource === resource && attributes.resource.group === group;
