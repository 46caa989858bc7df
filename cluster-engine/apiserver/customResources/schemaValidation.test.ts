import { expect, test } from "vitest";
import { fieldErrorMessage } from "../../api/validationErrors.ts";
import type { Schema } from "../../api/schemas.ts";
import { applyDefaults } from "./defaults.ts";
import { valueAtPath } from "./jsonPath.ts";
import { validateSchema } from "./schemaValidation.ts";

const cases: [what: string, schema: Schema, value: unknown, expected: string[]][] = [
  ["a good number", { type: "integer", minimum: 1 }, 1, []],
  ["a number below the minimum", { type: "integer", minimum: 1 }, 0, ["x: Invalid value: 0: x in body should be greater than or equal to 1"]],
  ["a text for a number", { type: "integer" }, "1", ['x: Invalid value: "string": x in body must be of type integer: "string"']],
  ["a whole number for a number", { type: "number" }, 1, []],
  ["a text that is too short", { type: "string", minLength: 2 }, "a", ['x: Invalid value: "a": x in body should be at least 2 chars long']],
  ["a text of another pattern", { type: "string", pattern: "^a$" }, "b", ["x: Invalid value: \"b\": x in body should match '^a$'"]],
  ["a value that is not allowed", { type: "string", enum: ["a", "b"] }, "c", ['x: Unsupported value: "c": supported values: "a", "b"']],
  ["too many items", { type: "array", maxItems: 1 }, [1, 2], ["x: Too many: 2: must have at most 1 item"]],
  [
    "a wrong item",
    { type: "array", items: { type: "string" } },
    [1],
    ['x[0]: Invalid value: "integer": x[0] in body must be of type string: "integer"'],
  ],
  ["an item that is there twice", { type: "array", "x-kubernetes-list-type": "set" }, ["a", "a"], ['x[1]: Duplicate value: "a"']],
  ["a missing field", { type: "object", required: ["a"] }, {}, ["x.a: Required value"]],
  [
    "a wrong field",
    { type: "object", properties: { a: { type: "boolean" } } },
    { a: 1 },
    ['x.a: Invalid value: "integer": x.a in body must be of type boolean: "integer"'],
  ],
  ["a null that may be", { type: "string", nullable: true }, null, []],
  ["int or string", { "x-kubernetes-int-or-string": true }, "80%", []],
  [
    "two of oneOf",
    { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { a: 1, b: 1 },
    ['<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
];

test.each(cases)("%s", (_, schema, value, expected) => {
  expect(validateSchema(value, schema, "x").map((error) => `${error.field}: ${fieldErrorMessage(error)}`)).toEqual(expected);
});

test("defaults fill what is absent, at every depth, and nulls that may not be", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      a: { type: "integer", default: 1 },
      b: { type: "array", items: { type: "object", properties: { c: { type: "string", default: "d" } } } },
      n: { type: "string", nullable: true },
      gone: { type: "string" },
    },
  };
  const value = { a: null, b: [{}, { c: "e" }], n: null, gone: null };
  applyDefaults(value, schema);
  expect(value).toEqual({ a: 1, b: [{ c: "d" }, { c: "e" }], n: null });
});

test.each([
  [".spec.size", 3],
  [".spec.items[1].name", "b"],
  ['.status.conditions[?(@.type=="Ready")].status', "True"],
  [".metadata.annotations.example\\.com/x", "y"],
  [".spec.nothing", undefined],
])("%s", (path, expected) => {
  const object = {
    metadata: { annotations: { "example.com/x": "y" } },
    spec: { size: 3, items: [{ name: "a" }, { name: "b" }] },
    status: {
      conditions: [
        { type: "Other", status: "False" },
        { type: "Ready", status: "True" },
      ],
    },
  };
  expect(valueAtPath(object, path)).toBe(expected);
});
