import { expect, test } from "vitest";
import { parseApiVersion } from "../../shared/kubernetes/object.ts";
import { decodeObject } from "./decode.ts";
import type { JsonObject } from "./json.ts";
import { decodeProtobuf, encodeProtobuf, isProtobuf } from "./protobuf.ts";
import { schemaOf, type Schema } from "./schemas.ts";
import encodedByGo from "./testdata/protobuf.json" with { type: "json" };
import stored from "./testdata/stored.json" with { type: "json" };

const schemaFor = (object: JsonObject): Schema => schemaOf({ ...parseApiVersion(object.apiVersion as string), kind: object.kind as string })!;

test.each(encodedByGo as unknown as { object: JsonObject; base64: string }[])(
  "a $object.kind that Kubernetes' own library encoded is read",
  ({ object, base64 }) => {
    const decoded = decodeProtobuf(Buffer.from(base64, "base64"));
    expect(decodeObject(decoded, schemaFor(object), "Strict").object).toEqual(object);
  },
);

/** Kinds without a message are left out, and claim templates, whose type is not sent. */
const sent = (stored as JsonObject[]).filter(({ kind }) => kind !== "Status" && kind !== "StatefulSet");

test.each(sent)("a $kind comes back whole", (object) => {
  const decoded = decodeProtobuf(encodeProtobuf(object));
  expect(decodeObject(decoded, schemaFor(object), "Strict").object).toEqual(object);
});

test("negative and large numbers survive", () => {
  const status = { kind: "Pod", apiVersion: "v1", metadata: { generation: 2 ** 40 }, spec: { priority: -7, containers: null }, status: {} };
  expect(decodeProtobuf(encodeProtobuf(status))).toMatchObject({ metadata: { generation: 2 ** 40 }, spec: { priority: -7 } });
});

test("a body without its kind is read as what the path asks for", () => {
  const bytes = Buffer.from("k8s\0\x12\x05\x0a\x03\x0a\x01c", "latin1");
  expect(isProtobuf(bytes)).toBe(true);
  expect(decodeProtobuf(bytes, { apiVersion: "v1", kind: "ConfigMap" })).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } });
});

test.each([
  ["other bytes", Buffer.from("{}")],
  ["a body that ends early", Buffer.from("k8s\0\x0a\x20\x0a", "latin1")],
  ["an unknown kind", Buffer.concat([Buffer.from("k8s\0\x0a\x09\x0a\x02v1\x12\x03Odd", "latin1")])],
])("%s are refused", (_, bytes) => {
  expect(() => decodeProtobuf(bytes)).toThrow(expect.objectContaining({ name: "ProtobufError" }));
});
