import { expect, test } from "vitest";
import { object, refusalOf } from "./objects.testing.ts";
import { Writes } from "./writes.testing.ts";

const group = "admissionregistration.k8s.io/v1";
const path = `/apis/${group}`;
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const webhook = {
  name: "pods.example.com",
  clientConfig: { service: { name: "hook", namespace: "default" } },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const configure = (...webhooks: object[]) =>
  new Writes().create({
    path: `${path}/validatingwebhookconfigurations`,
    body: object(group, "ValidatingWebhookConfiguration", "hooks", { webhooks }),
  });
const enact = (spec: object) =>
  new Writes().create({ path: `${path}/validatingadmissionpolicies`, body: object(group, "ValidatingAdmissionPolicy", "policy", { spec }) });

test("webhooks get defaults", async () => {
  expect(await configure(webhook)).toMatchObject({
    webhooks: [
      { failurePolicy: "Fail", matchPolicy: "Equivalent", timeoutSeconds: 10, clientConfig: { service: { port: 443 } }, rules: [{ scope: "*" }] },
    ],
  });
});

test.each([
  [{ name: "pods" }, 'webhooks[0].name: Invalid value: "pods": should be a domain with at least three segments separated by dots'],
  [{ sideEffects: "Some" }, 'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
  [{ timeoutSeconds: 31 }, "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
  [{ clientConfig: {} }, "webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
  [{ clientConfig: { url: "http://example.com" } }, "'https' is the only allowed URL scheme"],
  [{ admissionReviewVersions: ["v2"] }, 'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1'],
  [{ rules: [{ ...rule, resources: ["pods/*", "pods/status"] }] }, "if 'pods/*' is present, must not specify pods/status"],
  [{ rules: [{ ...rule, operations: ["*", "CREATE"] }] }, "if '*' is present, must not specify other operations"],
])("%j is refused", async (change, message) => {
  expect(await refusalOf(configure({ ...webhook, ...change }))).toContain(message);
});

test("two webhooks need two names", async () => {
  expect(await refusalOf(configure(webhook, webhook))).toContain('webhooks[1].name: Duplicate value: "pods.example.com"');
});

test("policies say what they are about and what holds", async () => {
  const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: "true" }] };
  expect(await enact(spec)).toMatchObject({ spec: { failurePolicy: "Fail" } });
  expect(await refusalOf(enact({ ...spec, matchConstraints: undefined }))).toContain("spec.matchConstraints: Required value");
  expect(await refusalOf(enact({ ...spec, validations: [] }))).toContain("validations or auditAnnotations must contain at least one item");
  expect(await refusalOf(enact({ ...spec, variables: [{ name: "a-b", expression: "1" }] }))).toContain("must be a valid CEL identifier");
});
