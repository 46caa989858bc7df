import { expect, test } from "vitest";
import { parseRequestInfo } from "./requestInfo.ts";

const cases: [method: string, target: string, expected: object][] = [
  ["GET", "/version", { isResourceRequest: false, verb: "get", path: "/version" }],
  ["GET", "/api/v1", { isResourceRequest: false }],
  ["GET", "/apis/apps/v1", { isResourceRequest: false }],
  ["GET", "/api/v1/pods", { verb: "list", group: "", version: "v1", resource: "pods", namespace: "", name: "" }],
  ["GET", "/api/v1/namespaces/a/pods", { verb: "list", resource: "pods", namespace: "a" }],
  ["GET", "/api/v1/namespaces/a/pods?watch=true", { verb: "watch" }],
  ["GET", "/api/v1/namespaces/a/pods?watch=0", { verb: "list" }],
  ["GET", "/api/v1/watch/namespaces/a/pods/p", { verb: "watch", resource: "pods", namespace: "a", name: "p" }],
  ["GET", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp", { verb: "list", name: "p" }],
  ["DELETE", "/api/v1/namespaces/a/pods", { verb: "deletecollection" }],
  ["DELETE", "/api/v1/namespaces/a/pods/p", { verb: "delete", name: "p" }],
  ["POST", "/apis/apps/v1/namespaces/a/deployments", { verb: "create", group: "apps", resource: "deployments" }],
  ["PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale", { verb: "patch", name: "d", subresource: "scale" }],
  ["GET", "/api/v1/namespaces/a", { verb: "get", resource: "namespaces", namespace: "a", name: "a", subresource: "" }],
  ["PUT", "/api/v1/namespaces/a/finalize", { verb: "update", resource: "namespaces", name: "a", subresource: "finalize" }],
  ["GET", "/api/v1/namespaces/a/status", { resource: "namespaces", subresource: "status" }],
  ["GET", "/api/v1/namespaces/a/services/web:80/proxy/x/y", { resource: "services", name: "web:80", subresource: "proxy", rest: "x/y" }],
];

test.each(cases)("%s %s", (method, target, expected) => {
  const url = new URL(target, "https://server");
  expect(parseRequestInfo(method, url.pathname, url.searchParams)).toMatchObject(expected);
});
