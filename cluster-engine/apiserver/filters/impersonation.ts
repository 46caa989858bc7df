import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import { serviceAccountOf, serviceAccountGroups } from "../authentication/users.ts";
import { attributesOf, type Attributes, type Authorizer, refusal } from "../authorization/attributes.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest } from "../request/statusErrors.ts";

const extraPrefix = "impersonate-extra-";

interface WantedUser {
  username: string;
  uid: string;
  groups: string[];
  extra: Record<string, string[]>;
}

/**
 * The user that an `Impersonate-User` request is carried out as; the sender itself when there is no such header.
 * Either the right to impersonate each part holds, or the constrained right of KEP 5284 for this very request.
 * @throws BadRequest, Forbidden
 */
export function impersonate(call: ApiCall, authorize: Authorizer): UserInfo {
  const wanted = wantedUser(call);
  if (!wanted) return call.user;
  if (!mayImpersonate(call.user, wanted, authorize)) requireConstrained(call, wanted, authorize);
  return impersonated(wanted);
}

function wantedUser(call: ApiCall): WantedUser | undefined {
  const username = call.header("impersonate-user") ?? "";
  const uid = call.header("impersonate-uid") ?? "";
  const groups = (call.header("impersonate-group") ?? "")
    .split(",")
    .map((group) => group.trim())
    .filter(Boolean);
  const extra: Record<string, string[]> = {};
  for (const name of call.headerNames) {
    if (name.startsWith(extraPrefix))
      extra[decodeURIComponent(name.slice(extraPrefix.length))] = (call.header(name) ?? "").split(",").map((value) => value.trim());
  }
  if (username) return { username, uid, groups, extra };
  if (!uid && !groups.length && !Object.keys(extra).length) return undefined;
  throw badRequest(`requested ${goText({ username, uid, groups, extra })} without impersonating a user name`);
}

/** A user as Go's %#v prints it. */
function goText({ username, uid, groups, extra }: WantedUser): string {
  const list = (values: string[]) => `[]string{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const pairs = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const groupsText = groups.length ? list(groups) : "[]string(nil)";
  const extraText = pairs.length ? `map[string][]string{${pairs.join(", ")}}` : "map[string][]string(nil)";
  return `&user.DefaultInfo{Name:${JSON.stringify(username)}, UID:${JSON.stringify(uid)}, Groups:${groupsText}, Extra:${extraText}}`;
}

const resourceAttributes = (user: UserInfo, verb: string, part: Partial<Attributes>): Attributes => ({
  user,
  verb,
  isResourceRequest: true,
  group: "",
  version: "v1",
  resource: "",
  subresource: "",
  namespace: "",
  name: "",
  path: "",
  ...part,
});

function mayImpersonate(user: UserInfo, wanted: WantedUser, authorize: Authorizer): boolean {
  return partsOf(wanted).every((part) => authorize(resourceAttributes(user, "impersonate", part)).allowed);
}

/** Each thing that is claimed, as the resource that RBAC rules name. */
function partsOf({ username, uid, groups, extra }: WantedUser): Partial<Attributes>[] {
  const account = serviceAccountOf(username);
  const authentication = { group: "authentication.k8s.io" };
  return [
    account ? { resource: "serviceaccounts", ...account } : { resource: "users", name: username },
    ...groups.map((name) => ({ resource: "groups", name })),
    ...(uid ? [{ ...authentication, resource: "uids", name: uid }] : []),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((name) => ({ ...authentication, resource: "userextras", subresource: key, name })),
    ),
  ];
}

function requireConstrained(call: ApiCall, wanted: WantedUser, authorize: Authorizer): void {
  const mode = modeOf(wanted);
  const target = attributesOf(call.user, call.info);
  const onTarget = { ...target, verb: `impersonate-on:${mode}:${target.verb}` };
  const decision = authorize(onTarget);
  if (!decision.allowed) throw refusal(onTarget, decision.reason);
  for (const part of partsOf(wanted)) {
    const attributes = resourceAttributes(call.user, `impersonate:${mode}`, { ...part, group: "authentication.k8s.io" });
    const allowed = authorize(attributes);
    if (!allowed.allowed) throw refusal(attributes, allowed.reason);
  }
}

function modeOf({ username, uid, groups, extra }: WantedUser): string {
  const onlyName = !uid && !groups.length && !Object.keys(extra).length;
  if (onlyName && username.startsWith("system:node:")) return "arbitrary-node";
  return onlyName && serviceAccountOf(username) ? "serviceaccount" : "user-info";
}

function impersonated({ username, uid, groups, extra }: WantedUser): UserInfo {
  const account = serviceAccountOf(username);
  const given = groups.length === 0 && account ? serviceAccountGroups(account.namespace) : groups;
  const standing = username === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  const all = given.includes("system:authenticated") || given.includes("system:unauthenticated") ? given : [...given, standing];
  return { username, ...(uid ? { uid } : {}), groups: all, ...(Object.keys(extra).length ? { extra } : {}) };
}
