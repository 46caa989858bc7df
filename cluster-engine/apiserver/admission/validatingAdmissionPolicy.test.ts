import { expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { emptyCluster, object, paths, pod, refusalOf, service } from "../strategies/objects.testing.ts";
import type { Writes } from "../strategies/writes.testing.ts";

const group = "admissionregistration.k8s.io/v1";
const path = `/apis/${group}`;
const pods = { operations: ["CREATE", "UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };

interface Parts {
  spec?: object;
  binding?: object;
}

/** A cluster with one policy, bound. */
async function ruled({ spec, binding }: Parts): Promise<Writes> {
  const writes = await emptyCluster();
  const policy = {
    matchConstraints: { resourceRules: [pods] },
    validations: [{ expression: "object.spec.containers.all(c, !c.image.endsWith(':latest'))", message: "images need a version" }],
    ...spec,
  };
  await writes.create({ path: `${path}/validatingadmissionpolicies`, body: object(group, "ValidatingAdmissionPolicy", "images", { spec: policy }) });
  const bound = { policyName: "images", validationActions: ["Deny"], ...binding };
  await writes.create({
    path: `${path}/validatingadmissionpolicybindings`,
    body: object(group, "ValidatingAdmissionPolicyBinding", "everywhere", { spec: bound }),
  });
  return writes;
}

const latest = pod("web", { containers: [{ name: "app", image: "nginx:latest" }] });
const create = (writes: Writes, body: KubeObject) => refusalOf(writes.create({ path: paths.pods, body }));
const refused = "pods \"web\" is forbidden: ValidatingAdmissionPolicy 'images' with binding 'everywhere' denied request: images need a version";

test("what the policy is against is refused", async () => {
  const writes = await ruled({});
  expect(await create(writes, latest)).toBe(refused);
  expect(await create(writes, pod("other"))).toBeUndefined();
  await writes.create({ path: paths.services, body: service("web") });
});

test("or warned about", async () => {
  const writes = await ruled({ binding: { validationActions: ["Warn"] } });
  expect(await create(writes, latest)).toBeUndefined();
  expect(writes.warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'images' with binding 'everywhere': images need a version"]);
});

test("selectors and conditions choose the requests", async () => {
  const labelled = { matchResources: { objectSelector: { matchLabels: { tier: "front" } } } };
  const writes = await ruled({
    binding: labelled,
    spec: { matchConditions: [{ name: "not-mine", expression: "request.userInfo.username != 'admin' || object.metadata.name == 'front'" }] },
  });
  expect(await create(writes, latest)).toBeUndefined();
  const front = (name: string) => pod(name, { containers: [{ name: "app", image: "nginx:latest" }] }, { labels: { tier: "front" } });
  expect(await create(writes, front("back"))).toBeUndefined();
  expect(await create(writes, front("front"))).toContain("images need a version");
});

test("variables, messages and the object before", async () => {
  const spec = {
    variables: [{ name: "count", expression: "size(object.spec.containers)" }],
    validations: [
      { expression: "variables.count < 2 && oldObject == null", messageExpression: "'there are ' + string(variables.count)", reason: "Forbidden" },
    ],
  };
  const writes = await ruled({ spec });
  expect(await create(writes, pod("one"))).toBeUndefined();
  expect(
    await create(
      writes,
      pod("two", {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image: "x" },
        ],
      }),
    ),
  ).toContain("denied request: there are 2");
});

test("an error refuses, unless the policy says otherwise", async () => {
  const validations = [{ expression: "object.spec.nothing == 1" }];
  expect(await create(await ruled({ spec: { validations } }), latest)).toContain("resulted in error: no such key: nothing");
  expect(await create(await ruled({ spec: { validations, failurePolicy: "Ignore" } }), latest)).toBeUndefined();
});

test("parameters come from an object", async () => {
  const writes = await ruled({
    spec: {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      validations: [{ expression: "size(object.spec.containers) <= int(params.data.most)", message: "too many" }],
    },
    binding: { paramRef: { name: "limits", parameterNotFoundAction: "Deny" } },
  });
  expect(await create(writes, pod("a"))).toContain("no params found");
  await writes.create({ path: "/api/v1/namespaces/default/configmaps", body: object("v1", "ConfigMap", "limits", { data: { most: "1" } }) });
  expect(await create(writes, pod("a"))).toBeUndefined();
  expect(
    await create(
      writes,
      pod("b", {
        containers: [
          { name: "a", image: "x" },
          { name: "b", image: "x" },
        ],
      }),
    ),
  ).toContain("too many");
});
