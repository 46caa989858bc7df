import { describe, expect, it } from "vitest";
import type { SchemaField } from "../../../shared/definitions.ts";
import type { Connection } from "../clusters/connection.ts";
import { FakeClock } from "../fakeClock.ts";
import { definitionOf, preferredVersion } from "./definition.ts";
import { InstanceCounts } from "./instanceCounts.ts";
import { schemaTree } from "./schemaTree.ts";

describe("a definition", () => {
  const version = (name: string, served: boolean, storage: boolean) => ({ name, served, storage });
  const definition = definitionOf({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "boats.sea.example" } as never,
    spec: {
      group: "sea.example",
      names: { kind: "Boat", plural: "boats", shortNames: ["bt"] },
      scope: "Cluster",
      versions: [version("v1beta1", true, false), { ...version("v1", true, true) }, { ...version("v2", false, false), deprecated: true }],
    },
    status: {
      storedVersions: ["v1beta1", "v1"],
      conditions: [
        { type: "Established", status: "True" },
        { type: "NonStructuralSchema", status: "True", reason: "Violations" },
      ],
    },
  });

  it("says what is served, what is stored and how it is", () => {
    expect(definition).toMatchObject({ kind: "Boat", namespaced: false, instances: { group: "sea.example", version: "v1", resource: "boats" } });
    expect(definition.versions.map(({ name, served, storage, stored }) => [name, served, storage, stored])).toEqual([
      ["v1beta1", true, false, true],
      ["v1", true, true, true],
      ["v2", false, false, false],
    ]);
    expect(definition.conditions.map(({ type, good }) => [type, good])).toEqual([
      ["Established", true],
      ["NonStructuralSchema", false],
    ]);
  });

  it.each([
    [["v1beta1", "v1", "v2"], "v2"],
    [["v2alpha1", "v1beta1"], "v1beta1"],
    [["v1beta1", "v1beta2"], "v1beta2"],
    [["zebra", "apple"], "apple"],
    [["foo", "v1alpha1"], "v1alpha1"],
    [[], undefined],
  ])("of %j it prefers %s", (versions, preferred) => expect(preferredVersion(versions)).toBe(preferred));
});

describe("a schema", () => {
  const { root } = schemaTree({
    type: "object",
    required: ["spec"],
    properties: {
      spec: {
        type: "object",
        description: "What it should be.",
        "x-kubernetes-validations": [{ rule: "self.min <= self.max", message: "min is above max" }],
        properties: {
          size: { type: "integer", format: "int32", default: 3, minimum: 1, maximum: 9 },
          port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
          colour: { type: "string", enum: ["red", "blue"], nullable: true },
          crew: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            items: { type: "object", required: ["name"], properties: { name: { type: "string", pattern: "^[a-z]+$" } } },
          },
          marks: { type: "object", additionalProperties: { type: "array", items: { type: "string" } } },
          rest: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    },
  });
  const spec = root.children[0]!;
  const field = (name: string) => spec.children.find((each) => each.name === name)!;

  const limits = (each: SchemaField) => each.limits.map(({ id, value }) => [id, value]);

  it("is a tree of fields with types as people write them", () => {
    expect(spec.children.map(({ name, type }) => [name, type])).toEqual([
      ["size", "integer (int32)"],
      ["port", "integer or string"],
      ["colour", "string"],
      ["crew", "[]object"],
      ["marks", "map[string][]string"],
      ["rest", "object of any fields"],
    ]);
    expect([spec.required, spec.path, spec.description]).toEqual([true, "spec", "What it should be."]);
  });

  it("tells defaults, enums, limits and rules", () => {
    expect([field("size").default, limits(field("size"))]).toEqual([
      "3",
      [
        ["minimum", "1"],
        ["maximum", "9"],
      ],
    ]);
    expect([field("colour").enum, limits(field("colour"))]).toEqual([["red", "blue"], [["nullable", "true"]]]);
    expect(spec.rules).toEqual([{ rule: "self.min <= self.max", message: "min is above max" }]);
    expect(limits(field("crew"))).toEqual([["listMapKeys", "name"]]);
  });

  it("items are below their list", () => {
    expect(field("crew").children.map((child) => [child.path, child.required, limits(child)])).toEqual([
      ["spec.crew.name", true, [["pattern", "^[a-z]+$"]]],
    ]);
  });

  it("of very many fields: the first", () => {
    const properties = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, { type: "string" }]));
    const { root: cut, truncated } = schemaTree({ type: "object", properties }, 10);
    expect([cut.children.length, truncated]).toEqual([9, true]);
  });
});

describe("counts", () => {
  const boats = { group: "sea.example", version: "v1", resource: "boats" };

  it("come from what a list of one says, again after five seconds; a refusal is told", async () => {
    const clock = new FakeClock();
    const answers: (() => unknown)[] = [
      // The API server's list of no metadata has no items at all.
      () => ({ items: null, metadata: {} }),
      () => ({ items: [{}], metadata: { remainingItemCount: 41 } }),
      () => {
        throw new Error("boats.sea.example is forbidden");
      },
    ];
    const connection = { json: () => Promise.resolve().then(() => answers.shift()!()) } as unknown as Connection;
    let changed = () => {};
    const next = () => new Promise<void>((resolve) => (changed = resolve));
    using counts = new InstanceCounts(connection, clock, () => changed());
    const first = next();
    expect(counts.of(boats)).toBeUndefined();
    await first;
    expect(counts.of(boats)).toEqual({ count: 0 });
    const again = next();
    await clock.step(5000);
    await again;
    expect(counts.of(boats)).toEqual({ count: 42 });
    const second = next();
    await clock.step(5000);
    await second;
    expect(counts.of(boats)).toEqual({ uncounted: "boats.sea.example is forbidden" });
    counts.keepOnly([]);
    expect(counts.of(boats)).toBeUndefined();
  });
});
