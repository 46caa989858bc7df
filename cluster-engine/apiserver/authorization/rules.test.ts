import { expect, test } from "vitest";
import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import type { Attributes } from "./attributes.ts";
import { ruleAllows } from "./rules.ts";

const asked: Attributes = {
  user: {},
  verb: "get",
  isResourceRequest: true,
  group: "",
  version: "v1",
  resource: "pods",
  subresource: "",
  namespace: "a",
  name: "p",
  path: "",
};
const rule: PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };

const cases: [what: string, rule: Partial<PolicyRule>, asked: Partial<Attributes>, allowed: boolean][] = [
  ["the same", {}, {}, true],
  ["another verb", { verbs: ["list"] }, {}, false],
  ["every verb", { verbs: ["*"] }, {}, true],
  ["another group", { apiGroups: ["apps"] }, {}, false],
  ["every group", { apiGroups: ["*"] }, {}, true],
  ["another resource", { resources: ["services"] }, {}, false],
  ["a subresource by the resource alone", {}, { subresource: "log" }, false],
  ["a subresource by name", { resources: ["pods/log"] }, { subresource: "log" }, true],
  ["a subresource of every resource", { resources: ["*/log"] }, { subresource: "log" }, true],
  ["a subresource by every resource", { resources: ["*"] }, { subresource: "log" }, true],
  ["a named object", { resourceNames: ["p"] }, {}, true],
  ["an object that is not named", { resourceNames: ["q"] }, {}, false],
  ["a collection where names are given", { resourceNames: ["p"] }, { name: "" }, false],
  ["a path by a resource rule", {}, { isResourceRequest: false, path: "/pods" }, false],
  ["a path", { nonResourceURLs: ["/healthz"] }, { isResourceRequest: false, path: "/healthz" }, true],
  ["a path below", { nonResourceURLs: ["/apis/*"] }, { isResourceRequest: false, path: "/apis/apps" }, true],
  ["another path", { nonResourceURLs: ["/apis/*"] }, { isResourceRequest: false, path: "/api" }, false],
];

test.each(cases)("a rule about %s", (_, part, changed, allowed) => {
  expect(ruleAllows({ ...rule, ...part }, { ...asked, ...changed })).toBe(allowed);
});
