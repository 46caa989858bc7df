import { expect, test } from "vitest";
import { parseApiVersion } from "../../shared/kubernetes/object.ts";
import { canonicalObject } from "./decode.ts";
import { deepFreeze, isObject, type JsonObject } from "./json.ts";
import { applyJsonPatch } from "./jsonPatch.ts";
import { applyMergePatch } from "./mergePatch.ts";
import { schemaOf, type Schema } from "./schemas.ts";
import { applyStrategicMergePatch } from "./strategicMergePatch.ts";
import applied from "./testdata/applyPatches.json" with { type: "json" };
import recorded from "./testdata/patch.json" with { type: "json" };

interface Recorded {
  name: string;
  type: "json" | "merge" | "strategic";
  original: JsonObject;
  patch: unknown;
  patched?: JsonObject;
  message?: string;
}

function schemaFor(object: JsonObject): Schema {
  return schemaOf({ ...parseApiVersion(object.apiVersion as string), kind: object.kind as string })!;
}

function apply({ type, original, patch }: Pick<Recorded, "type" | "original" | "patch">): JsonObject {
  deepFreeze(original);
  deepFreeze(patch);
  if (type === "json") return applyJsonPatch(original, patch);
  if (type === "merge") return applyMergePatch(original, patch);
  return applyStrategicMergePatch(original, patch, schemaFor(original));
}

function answer(item: Recorded): Pick<Recorded, "patched" | "message"> {
  try {
    return { patched: canonicalObject(apply(item), schemaFor(item.original)) };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

test.each(recorded as unknown as Recorded[])("a real API server makes the same of $name", (item) => {
  expect(answer(item)).toEqual(item.message === undefined ? { patched: item.patched } : { message: item.message });
});

/** Without directives and nulls, which decoding drops. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([key, inner]) => !key.startsWith("$") && inner !== null);
  return Object.fromEntries(fields.map(([key, inner]) => [key, plain(inner)]));
}

test.each(applied as unknown as { original: JsonObject; patch: JsonObject; patched: JsonObject }[])(
  "a patch that kubectl apply makes does what it does with Kubernetes' own library (%#)",
  ({ original, patch, patched }) => {
    expect(plain(apply({ type: "strategic", original, patch }))).toEqual(patched);
  },
);

const pod = (spec: JsonObject): JsonObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });

test.each([
  [
    "an unknown directive",
    { spec: { containers: [{ name: "a", $patch: "twist" }] } },
    500,
    "unknown patch type: twist in map: map[$patch:twist name:a]",
  ],
  ["an item without its merge key", { spec: { containers: [{ image: "x" }] } }, 500, "map: map[image:x] does not contain declared merge key: name"],
  ["keys beside $retainKeys", { spec: { $retainKeys: ["a"], containers: [] } }, 400, "invalid patch format of retainKeys"],
  ["an order that is no list", { spec: { "$setElementOrder/containers": 1 } }, 400, "invalid patch format of setElementOrder list"],
  [
    "items that are not in the order it gives",
    { spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "b" }] } },
    500,
    "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
  ],
  ["a list", [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
])("a strategic patch with %s is refused", (_, patch, code, message) => {
  const original = pod({ containers: [{ name: "a" }] });
  expect(() => apply({ type: "strategic", original, patch })).toThrow(expect.objectContaining({ message, code }));
});

test("kubectl apply's order directive puts new containers where the file has them, and keeps the server's own", () => {
  const original = pod({ containers: [{ name: "injected" }, { name: "a", image: "1" }, { name: "b" }] });
  const patch = {
    spec: {
      "$setElementOrder/containers": [{ name: "b" }, { name: "new" }, { name: "a" }],
      containers: [
        { name: "new", image: "2", args: null },
        { name: "a", image: "3" },
      ],
    },
  };
  const containers = [{ name: "injected" }, { name: "b" }, { name: "new", image: "2" }, { name: "a", image: "3" }];
  expect(apply({ type: "strategic", original, patch })).toEqual(pod({ containers }));
});

test("with an order, a new item stands in the place of a deleted one", () => {
  const original = pod({ containers: [{ name: "b" }, { name: "a" }] });
  const patch = { spec: { "$setElementOrder/containers": [{ name: "c" }], containers: [{ name: "c" }, { $patch: "delete", name: "a" }] } };
  expect(apply({ type: "strategic", original, patch })).toEqual(pod({ containers: [{ name: "b" }, { name: "c" }] }));
});

test("a list is replaced when it says so, and emptied by a deletion of its last item", () => {
  const original = pod({ volumes: [{ name: "v" }], containers: [{ name: "a" }] });
  const patch = { spec: { volumes: [{ name: "v", $patch: "delete" }], containers: [{ $patch: "replace" }, { name: "z" }] } };
  expect(apply({ type: "strategic", original, patch })).toEqual(pod({ volumes: [], containers: [{ name: "z" }] }));
});

test.each([
  ["adds before the end by a negative index", [{ op: "add", path: "/a/-1", value: 9 }], { a: [1, 2, 9] }],
  ["escapes slashes and tildes", [{ op: "add", path: "/x~1y~0", value: 1 }], { a: [1, 2], "x/y~": 1 }],
  ["tests for absence", [{ op: "test", path: "/none", value: null }], { a: [1, 2] }],
])("a JSON patch %s", (_, patch, expected) => {
  expect(apply({ type: "json", original: { a: [1, 2] }, patch })).toEqual(expected);
});

test.each([
  ["of no list", {}, 400],
  ["with too many operations", Array.from({ length: 10_001 }, () => ({ op: "test", path: "" })), 413],
  ["that removes the whole", [{ op: "remove", path: "" }], 422],
  ["that adds behind the end", [{ op: "add", path: "/a/9", value: 1 }], 422],
  ["that names an unknown operation", [{ op: "twist", path: "/a" }], 422],
])("a JSON patch %s is refused", (_, patch, code) => {
  expect(() => apply({ type: "json", original: { a: [1] }, patch })).toThrow(expect.objectContaining({ code }));
});
