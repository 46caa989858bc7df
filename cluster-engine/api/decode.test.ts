import { expect, test } from "vitest";
import { parseApiVersion } from "../../shared/kubernetes/object.ts";
import { decodeObject, undecodable, type FieldValidation } from "./decode.ts";
import { duplicateFields } from "./duplicateFields.ts";
import { schemaOf, type Schema } from "./schemas.ts";
import recorded from "./testdata/decode.json" with { type: "json" };
import stored from "./testdata/stored.json" with { type: "json" };

interface Recorded {
  name: string;
  body: { apiVersion: string; kind: string };
  mode: string;
  message?: string;
  warnings?: string[];
}

const kindOf = (body: { apiVersion: string; kind: string }) => ({ ...parseApiVersion(body.apiVersion), kind: body.kind });

function answer({ body, mode }: Recorded): { message?: string; warnings?: string[] } {
  const kind = kindOf(body);
  try {
    return { warnings: decodeObject(body, schemaOf(kind)!, mode as FieldValidation).warnings };
  } catch (error) {
    return { message: undecodable(kind, error as Error).message };
  }
}

test.each(recorded as unknown as Recorded[])("a real API server answers the same to $name", (item) => {
  expect(answer(item)).toEqual(item.message === undefined ? { warnings: item.warnings } : { message: item.message });
});

test.each(stored as { kind: string; apiVersion: string }[])("a $kind as a real API server gives it keeps its bytes", (object) => {
  expect(JSON.stringify(decodeObject(object, schemaOf(kindOf(object))!, "Strict").object)).toBe(JSON.stringify(object));
});

const configMap = schemaOf({ group: "", version: "v1", kind: "ConfigMap" })!;
const pod = schemaOf({ group: "", version: "v1", kind: "Pod" })!;
const lease = schemaOf({ group: "coordination.k8s.io", version: "v1", kind: "Lease" })!;

test("empty optional fields and nulls are left out, maps are sorted, fields come in their order", () => {
  const body = {
    data: { b: "2", a: null },
    metadata: { labels: {}, name: "c", annotations: null },
    immutable: false,
    apiVersion: "v1",
    kind: "ConfigMap",
  };
  const text = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"},"immutable":false,"data":{"a":"","b":"2"}}';
  expect(JSON.stringify(decodeObject(body, configMap, "Strict").object)).toBe(text);
});

test("quantities and times become canonical", () => {
  const resources = { requests: { cpu: 0.5, memory: "1024Mi" } };
  const body = { metadata: { name: "p", creationTimestamp: "2026-01-01T01:30:00.5+02:00" }, spec: { containers: [{ name: "a", resources }] } };
  const { object } = decodeObject(body, pod, "Strict");
  expect(object).toMatchObject({
    metadata: { creationTimestamp: "2025-12-31T23:30:00Z" },
    spec: { containers: [{ resources: { requests: { cpu: "500m", memory: "1Gi" } } }] },
  });
});

test("a field named like a part of every JavaScript object is just a field", () => {
  const body = JSON.parse('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}},"toString":1}') as unknown;
  const { object, warnings } = decodeObject(body, configMap, "Warn");
  expect(JSON.stringify(object)).toBe('{"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}');
  expect(warnings).toEqual(['unknown field "toString"']);
});

test.each([
  ["2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123456Z"],
  ["2026-01-01T00:00:00.5Z", 'parsing time "2026-01-01T00:00:00.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000"'],
  ["2026-02-30T00:00:00.000000Z", 'parsing time "2026-02-30T00:00:00.000000Z": day out of range'],
  ["2026-01-01T24:00:00.000000Z", 'parsing time "2026-01-01T24:00:00.000000Z": hour out of range'],
  ["0001-01-01T00:00:00.000000Z", null],
  ["2026-13-01T00:00:00.000000Z", 'parsing time "2026-13-01T00:00:00.000000Z": month out of range'],
])("a Lease's renewTime %s", (renewTime, expected) => {
  let result: string;
  try {
    result = (decodeObject({ spec: { renewTime } }, lease, "Ignore").object as { spec: { renewTime: string } }).spec.renewTime;
  } catch (error) {
    result = (error as Error).message;
  }
  expect(result).toBe(expected);
});

test("fields that come twice are found with their path", () => {
  const text = '{"a": {"b": [{"c": 1}, {"c": 1, "d": "x:\\"{", "c": 2}]}, "e": 1, "a": 2, "f\\"": 1, "f\\"": 2}';
  expect(duplicateFields(text)).toEqual(['duplicate field "a.b[1].c"', 'duplicate field "a"', 'duplicate field "f\\""']);
});

test("a custom resource is pruned by its schema and sorted, its metadata read as every kind's", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      spec: { type: "object", properties: { size: { type: "integer" }, free: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } },
    },
  };
  const body = {
    spec: { size: "wrong", other: 1, free: { z: 1, a: 2 } },
    kind: "W",
    apiVersion: "x/v1",
    metadata: { name: "n", labels: {}, colour: 1 },
  };
  const { object, warnings } = decodeObject(body, schema, "Warn");
  expect(JSON.stringify(object)).toBe('{"apiVersion":"x/v1","kind":"W","metadata":{"name":"n"},"spec":{"free":{"a":2,"z":1},"size":"wrong"}}');
  expect(warnings).toEqual(['unknown field "spec.other"', 'unknown field "metadata.colour"']);
});

test.each(["{}", "[]", '"a"', '{"a":"b:\\"c\\":","d\\\\":[{"e" : 1},{"e":2}]}', '{"a":"\\\\","b":{"a":"x"}}'])(
  "no field of %s comes twice",
  (text) => {
    expect(duplicateFields(text)).toEqual([]);
  },
);

test.each([
  [
    { volumes: [{ emptyDir: "x" }] },
    "json: cannot unmarshal string into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource",
  ],
  [{ dnsPolicy: 5 }, "json: cannot unmarshal number into Go struct field PodSpec.spec.dnsPolicy of type v1.DNSPolicy"],
  [
    { containers: [{ resources: { limits: "x" } }] },
    "json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
  ],
  [{ priority: 2 ** 31 }, "json: cannot unmarshal number 2147483648 into Go struct field PodSpec.spec.priority of type int32"],
  [
    { containers: [{ livenessProbe: { httpGet: { port: 1.5 } } }] },
    "json: cannot unmarshal number 1.5 into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32",
  ],
])("a pod's spec %j is refused", (spec, message) => {
  expect(() => decodeObject({ spec }, pod, "Ignore")).toThrow(message);
});
