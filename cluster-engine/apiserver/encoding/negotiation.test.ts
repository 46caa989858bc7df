import { expect, test } from "vitest";
import { negotiate } from "./negotiation.ts";

const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

const cases: [accept: string | undefined, expected: object][] = [
  [undefined, { format: "json" }],
  ["*/*", { format: "json" }],
  ["application/json", { format: "json" }],
  ["application/yaml", { format: "yaml" }],
  ["application/vnd.kubernetes.protobuf", { format: "protobuf" }],
  ["application/vnd.kubernetes.protobuf,application/json", { format: "json" }],
  [`${table},application/json`, { format: "json", as: "Table", version: "v1" }],
  ["application/json;as=Table;v=v9;g=meta.k8s.io,application/json", { format: "json", version: "v1" }],
  ["application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", { as: "PartialObjectMetadataList" }],
  ["text/html;q=0.9,application/json;q=0.1,application/yaml;q=0.5", { format: "yaml" }],
  ["image/png,*/*;q=0.1", { format: "json" }],
];

test.each(cases)("Accept: %s", (accept, expected) => {
  expect(negotiate(accept)).toMatchObject(expected);
});

test("what can't be served is named with what can", () => {
  expect(() => negotiate("image/png")).toThrow(/^406: Not Acceptable\n\nAvailable representations: application\/json, /);
});

test("what is no object of a resource has no rows", () => {
  expect(() => negotiate(table, "", null, false)).toThrow("406: Not Acceptable");
  expect(negotiate(`${table},application/json`, "", null, false)).toMatchObject({ format: "json" });
});
