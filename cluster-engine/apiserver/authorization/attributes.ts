import type { StatusError } from "../../api/statusError.ts";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { RequestInfo } from "../request/requestInfo.ts";
import { forbidden } from "../request/statusErrors.ts";

/** Who wants to do what: the question that authorizers answer. */
export interface Attributes {
  user: UserInfo;
  verb: string;
  isResourceRequest: boolean;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  /** For requests that are not about a resource. */
  path: string;
  fieldSelector?: string;
}

export interface Decision {
  allowed: boolean;
  /** Why it is allowed, or what is added to the refusal. */
  reason: string;
}

export type Authorizer = (attributes: Attributes) => Decision;

export const attributesOf = (user: UserInfo, info: RequestInfo, fieldSelector?: string | null): Attributes => ({
  user,
  verb: info.verb,
  isResourceRequest: info.isResourceRequest,
  group: info.group,
  version: info.version,
  resource: info.resource,
  subresource: info.subresource,
  namespace: info.namespace,
  name: info.name,
  path: info.path,
  ...(fieldSelector ? { fieldSelector } : {}),
});

/** Asks each in turn; the first that allows decides, the reasons of the others are kept for the refusal. */
export function firstToAllow(authorizers: Authorizer[]): Authorizer {
  return (attributes) => {
    const reasons: string[] = [];
    for (const authorize of authorizers) {
      const decision = authorize(attributes);
      if (decision.allowed) return decision;
      if (decision.reason) reasons.push(decision.reason);
    }
    return { allowed: false, reason: reasons.join("\n") };
  };
}

/** The 403 with Kubernetes' text. */
export function refusal(attributes: Attributes, reason: string): StatusError {
  const more = reason ? `: ${reason}` : "";
  const user = JSON.stringify(attributes.user.username ?? "");
  if (!attributes.isResourceRequest)
    return forbidden({ group: "", resource: "" }, "", `User ${user} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}${more}`);
  const resource = attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource;
  const where = attributes.namespace ? `in the namespace "${attributes.namespace}"` : "at the cluster scope";
  const problem = `User ${user} cannot ${attributes.verb} resource "${resource}" in API group "${attributes.group}" ${where}${more}`;
  return forbidden(attributes, attributes.name, problem);
}
