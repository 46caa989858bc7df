import { expect, test } from "vitest";
import type { CustomResourceDefinition, ValidatingAdmissionPolicy } from "../../../shared/kubernetes/types.ts";
import { CustomResourceDefinitions, ValidatingAdmissionPolicies } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { validatingAdmissionPolicyStatusController, warningsOf, type ExpressionCheck } from "./controller.ts";
import { describe, kindsOf } from "./kinds.ts";

const rule = (apiGroups: string[], apiVersions: string[], resources: string[]) => ({ apiGroups, apiVersions, resources });

const policyOf = (resourceRules: object[], validations: object[] = [], more: object = {}) =>
  ({ metadata: { name: "p" }, spec: { matchConstraints: { resourceRules }, validations, ...more } }) as unknown as ValidatingAdmissionPolicy;

const definition = {
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } } }],
  },
} as unknown as CustomResourceDefinition;

test.each<[string, object[], string[]]>([
  ["named", [rule(["apps"], ["v1"], ["deployments"])], ["apps/v1, Kind=Deployment"]],
  ["of the core group", [rule([""], ["v1"], ["pods", "configmaps"])], ["/v1, Kind=ConfigMap", "/v1, Kind=Pod"]],
  ["custom", [rule(["example.com"], ["v1"], ["widgets"])], ["example.com/v1, Kind=Widget"]],
  ["any group", [rule(["*"], ["v1"], ["pods"])], []],
  ["any resource, and one by name", [rule(["apps"], ["v1"], ["*", "statefulsets"])], ["apps/v1, Kind=StatefulSet"]],
  ["subresources", [rule([""], ["v1"], ["pods/status"])], []],
  ["unknown", [rule(["apps"], ["v1"], ["things"])], []],
  ["said twice", [rule(["apps"], ["v1"], ["deployments"]), rule(["apps"], ["v1"], ["deployments"])], ["apps/v1, Kind=Deployment"]],
])("rules about %s kinds", (_, rules, expected) => {
  expect(kindsOf(policyOf(rules), [definition]).map(describe)).toEqual(expected);
});

/** Finds fault with the word `bad`, and tells what `object` and `params` are. */
const check: ExpressionCheck = (expression, { object, params }) =>
  expression.includes("bad") ? `bad (${Object.keys(object?.properties ?? {}).includes("spec")}, ${params !== undefined})` : undefined;

test("warnings stand where the expressions are, for each kind", () => {
  const validations = [{ expression: "good" }, { expression: "bad", messageExpression: "bad" }];
  const rules = [rule(["apps"], ["v1"], ["deployments", "daemonsets"])];
  const warning = "apps/v1, Kind=DaemonSet: bad (true, false)\n\napps/v1, Kind=Deployment: bad (true, false)\n";
  expect(warningsOf(policyOf(rules, validations), [], check)).toEqual([
    { fieldRef: "spec.validations[1].expression", warning },
    { fieldRef: "spec.validations[1].messageExpression", warning },
  ]);
});

test("parameters have a type when their kind is known", () => {
  const rules = [rule(["example.com"], ["v1"], ["widgets"])];
  const about = (kind: string) =>
    warningsOf(policyOf(rules, [{ expression: "bad" }], { paramKind: { apiVersion: "v1", kind } }), [definition], check)[0]!.warning;
  expect([about("ConfigMap"), about("Nothing")]).toEqual([
    "example.com/v1, Kind=Widget: bad (true, true)\n",
    "example.com/v1, Kind=Widget: bad (true, false)\n",
  ]);
});

test("each generation of a policy is checked once", async () => {
  let checks = 0;
  const cluster = new FakeCluster({
    checkExpression(...args) {
      checks++;
      return check(...args);
    },
  });
  cluster.api.put(CustomResourceDefinitions, definition);
  await cluster.start(validatingAdmissionPolicyStatusController);
  cluster.api.put(ValidatingAdmissionPolicies, policyOf([rule(["example.com"], ["v1"], ["widgets"])], [{ expression: "bad" }]));
  await cluster.settle();
  const status = () => cluster.api.must(ValidatingAdmissionPolicies, "p").status;
  expect(status()).toMatchObject({ observedGeneration: 1, typeChecking: { expressionWarnings: [{ fieldRef: "spec.validations[0].expression" }] } });
  cluster.api.change(ValidatingAdmissionPolicies, "p", (draft) => (draft.metadata.labels = { a: "b" }));
  await cluster.settle();
  expect(checks).toBe(1);
  cluster.api.change(ValidatingAdmissionPolicies, "p", (draft) => (draft.spec!.validations![0]!.expression = "good"));
  await cluster.settle();
  expect([status()!.observedGeneration, checks]).toEqual([2, 2]);
});
