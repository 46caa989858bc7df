import { expect, test } from "vitest";
import type { UserInfo } from "../../../shared/kubernetes/types.ts";
import type { Authorizer } from "../authorization/attributes.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { parseRequestInfo } from "../request/requestInfo.ts";
import { impersonate } from "./impersonation.ts";

const user: UserInfo = { username: "admin", groups: [] };
const everyone: Authorizer = () => ({ allowed: true, reason: "" });
const nobody: Authorizer = () => ({ allowed: false, reason: "" });

function call(headers: Record<string, string>): ApiCall {
  const info = parseRequestInfo("GET", "/api/v1/namespaces/a/pods", new URLSearchParams());
  return { user, info, header: (name: string) => headers[name], headerNames: Object.keys(headers) } as unknown as ApiCall;
}

const cases: [headers: Record<string, string>, expected: UserInfo][] = [
  [{}, user],
  [{ "impersonate-user": "bob" }, { username: "bob", groups: ["system:authenticated"] }],
  [
    { "impersonate-user": "bob", "impersonate-group": "a, b" },
    { username: "bob", groups: ["a", "b", "system:authenticated"] },
  ],
  [
    { "impersonate-user": "system:serviceaccount:ns:robot" },
    { username: "system:serviceaccount:ns:robot", groups: ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"] },
  ],
  [{ "impersonate-user": "system:anonymous" }, { username: "system:anonymous", groups: ["system:unauthenticated"] }],
  [
    { "impersonate-user": "bob", "impersonate-uid": "7", "impersonate-extra-scopes": "view" },
    { username: "bob", uid: "7", groups: ["system:authenticated"], extra: { scopes: ["view"] } },
  ],
];

test.each(cases)("%o", (headers, expected) => {
  expect(impersonate(call(headers), everyone)).toEqual(expected);
});

test("a group without a user is a bad request", () => {
  expect(() => impersonate(call({ "impersonate-group": "devs" }), everyone)).toThrow(/without impersonating a user name$/);
});

test("without the right it is refused, as the constrained right that is missing too", () => {
  expect(() => impersonate(call({ "impersonate-user": "bob" }), nobody)).toThrow(
    'pods is forbidden: User "admin" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "a"',
  );
});

test("each part of the identity needs its own right", () => {
  const usersOnly: Authorizer = ({ resource, verb }) => ({ allowed: verb === "impersonate" && resource === "users", reason: "" });
  expect(impersonate(call({ "impersonate-user": "bob" }), usersOnly).username).toBe("bob");
  expect(() => impersonate(call({ "impersonate-user": "bob", "impersonate-group": "system:masters" }), usersOnly)).toThrow("is forbidden");
});
