import { expect, test } from "vitest";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { emptyCluster, object, paths, pod, refusalOf } from "../strategies/objects.testing.ts";
import type { Writes } from "../strategies/writes.testing.ts";

const group = "admissionregistration.k8s.io/v1";
const path = `/apis/${group}`;
const pods = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };

/** A cluster with one bound policy for each list of mutations. */
async function ruled(...specs: object[]): Promise<Writes> {
  const writes = await emptyCluster();
  for (const [index, spec] of specs.entries()) {
    const name = `policy-${index}`;
    const policy = { matchConstraints: { resourceRules: [pods] }, reinvocationPolicy: "Never", ...spec };
    await writes.create({ path: `${path}/mutatingadmissionpolicies`, body: object(group, "MutatingAdmissionPolicy", name, { spec: policy }) });
    const binding = object(group, "MutatingAdmissionPolicyBinding", name, { spec: { policyName: name } });
    await writes.create({ path: `${path}/mutatingadmissionpolicybindings`, body: binding });
  }
  return writes;
}

const apply = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patch = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const create = async (writes: Writes, body = pod("web")) => (await writes.create({ path: paths.pods, body })) as Pod;
const annotated = 'Object{metadata: Object.metadata{annotations: {"seen": string(size(object.spec.containers))}}}';

test.each([
  ["merges a configuration", [apply(annotated)], { metadata: { annotations: { seen: "1" } } }],
  [
    "merges items of lists by their keys, and sets their defaults",
    [apply('Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "side:1"}]}}')],
    { spec: { containers: [{ name: "app" }, { name: "side", image: "side:1", imagePullPolicy: "IfNotPresent" }] } },
  ],
  [
    "patches one mutation after another",
    [
      patch('[JSONPatch{op: "add", path: "/metadata/labels", value: {"a": "1"}}]'),
      patch('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("x/y"), value: object.metadata.labels.a + "2"}]'),
    ],
    { metadata: { labels: { a: "1", "x/y": "12" } } },
  ],
  [
    "leaves out a patch whose test fails",
    [patch('[JSONPatch{op: "test", path: "/kind", value: "Node"}, JSONPatch{op: "remove", path: "/spec"}]')],
    { kind: "Pod" },
  ],
])("a policy %s", async (_name, mutations, expected) => {
  expect(await create(await ruled({ mutations }))).toMatchObject(expected);
});

test("conditions keep a policy from other objects", async () => {
  const writes = await ruled({ matchConditions: [{ name: "web", expression: "object.metadata.name == 'web'" }], mutations: [apply(annotated)] });
  expect((await create(writes)).metadata.annotations).toEqual({ seen: "1" });
  expect((await create(writes, pod("other"))).metadata.annotations).toBeUndefined();
});

test("a policy that wants it sees what later ones changed", async () => {
  const side = apply('Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "side:1"}]}}');
  const writes = await ruled({ mutations: [apply(annotated)], reinvocationPolicy: "IfNeeded" }, { mutations: [side] });
  expect((await create(writes)).metadata.annotations).toEqual({ seen: "2" });
});

test.each([
  ["has a missing field", "Object{metadata: Object.metadata{annotations: {'a': object.spec.nothing}}}", "no such key: nothing"],
  [
    "would replace what is atomic",
    "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'app', args: ['a']}]}}",
    "may not mutate atomic arrays",
  ],
  ["does not fit the schema", "Object{spec: Object.spec{wrong: 1}}", "field not declared in schema"],
])("a mutation that %s refuses the request, unless failures are ignored", async (_name, expression, reason) => {
  const refused = await refusalOf(create(await ruled({ mutations: [apply(expression)] })));
  expect(refused).toContain("policy 'policy-0' with binding 'policy-0' denied request: ");
  expect(refused).toContain(reason);
  expect(await create(await ruled({ mutations: [apply(expression)], failurePolicy: "Ignore" }))).toMatchObject({ metadata: { name: "web" } });
});
