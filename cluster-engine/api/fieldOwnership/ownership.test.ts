import { expect, test } from "vitest";
import { parseApiVersion, type KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ManagedFieldsEntry } from "../../../shared/kubernetes/types.ts";
import { canonicalObject } from "../decode.ts";
import { deepFreeze, type JsonObject } from "../json.ts";
import { applyMergePatch } from "../mergePatch.ts";
import { findKind, type ResourceEntry } from "../resourceTable.ts";
import { schemaOf, type Schema } from "../schemas.ts";
import { StatusError } from "../statusError.ts";
import recorded from "../testdata/apply.json" with { type: "json" };
import created from "../testdata/created.json" with { type: "json" };
import { applyServerSide } from "./applyServerSide.ts";
import { resetFields } from "./resetFields.ts";
import { parentManagedFields, replicasPath, scaleManagedFields } from "./scale.ts";
import { trackUpdate } from "./trackUpdate.ts";

interface Step {
  type: "apply" | "merge" | "POST" | "PUT";
  manager: string;
  force?: boolean;
  subresource?: string;
  body: JsonObject;
}

interface Recorded {
  name: string;
  steps: Step[];
  managedFields?: ManagedFieldsEntry[];
  data?: Record<string, string>;
  status?: object;
}

const second = (n: number): number => Date.UTC(2026, 0, 1) + n * 1000;

function kindOf(object: { apiVersion: string; kind: string }): { schema: Schema; resource: ResourceEntry } {
  const kind = { ...parseApiVersion(object.apiVersion), kind: object.kind };
  return { schema: schemaOf(kind)!, resource: findKind(kind)! };
}

/** One object and what becomes of it, as an API server without defaults and admission would have it. */
class Stored {
  object: KubeObject | undefined;
  #now = second(0);

  write(step: Step): KubeObject {
    this.#now += 1000;
    this.object = deepFreeze(this.#written(step));
    return this.object;
  }

  #written(step: Step): KubeObject {
    if (step.subresource === "scale") return this.#scaled(step);
    if (step.type === "apply") return this.#applied(step);
    const { body, manager, subresource = "" } = step;
    const value = (step.type === "merge" ? applyMergePatch(this.object as unknown as JsonObject, body) : body) as unknown as KubeObject;
    const { schema, resource } = kindOf(value);
    const updated = canonicalObject(value, schema);
    const managedFields = trackUpdate({
      live: this.object,
      updated,
      manager,
      subresource,
      schema,
      now: this.#now,
      apiVersion: updated.apiVersion,
      reset: resetFields(resource, subresource),
    });
    return { ...updated, metadata: { ...updated.metadata, managedFields } };
  }

  #applied({ body, manager, force = false, subresource = "" }: Step): KubeObject {
    const { schema, resource } = kindOf(body as unknown as KubeObject);
    const apiVersion = body.apiVersion as string;
    return applyServerSide({
      live: this.object,
      config: body,
      manager,
      force,
      subresource,
      schema,
      now: this.#now,
      apiVersion,
      kind: body.kind as string,
      reset: resetFields(resource, subresource),
    }).object;
  }

  #scaled({ body, manager }: Step): KubeObject {
    const object = this.object!;
    const field = { apiVersion: object.apiVersion, path: replicasPath(".spec.replicas") };
    const scale = (spec: unknown) =>
      ({
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { ...object.metadata, managedFields: scaleManagedFields(object.metadata.managedFields, field) },
        spec,
      }) as KubeObject;
    const schema = schemaOf({ group: "autoscaling", version: "v1", kind: "Scale" })!;
    const live = scale({ replicas: (object as KubeObject & { spec: { replicas: number } }).spec.replicas });
    const entries = trackUpdate({
      live,
      updated: scale(body.spec),
      manager,
      subresource: "scale",
      schema,
      now: this.#now,
      apiVersion: "autoscaling/v1",
    });
    const managedFields = parentManagedFields(object.metadata.managedFields, entries, field);
    return {
      ...object,
      spec: { ...(object as KubeObject & { spec: object }).spec, ...(body.spec as object) },
      metadata: { ...object.metadata, managedFields },
    } as KubeObject;
  }
}

/** Times are placeholders in what was recorded. */
const timeless = (entries: readonly ManagedFieldsEntry[] | undefined) =>
  (entries ?? []).map((entry) => ({ ...entry, ...(entry.time ? { time: "<time>" } : {}) }));

test.each(recorded as unknown as Recorded[])("a real API server makes the same of $name", ({ steps, managedFields, data, status }) => {
  const stored = new Stored();
  const run = () => steps.forEach((step) => stored.write(step));
  if (status) {
    expect(run).toThrow(expect.objectContaining({ status }));
    return;
  }
  run();
  expect(timeless(stored.object!.metadata.managedFields)).toEqual(managedFields);
  if (data) expect(stored.object).toMatchObject({ data });
});

test.each(created as unknown as KubeObject[])("the creator of a $kind owns what a real API server says", (object) => {
  const { schema, resource } = kindOf(object);
  const { managedFields, ...metadata } = object.metadata;
  const updated = { ...object, metadata } as KubeObject;
  const entries = trackUpdate({
    live: undefined,
    updated,
    manager: "golden",
    subresource: "",
    schema,
    now: second(0),
    apiVersion: object.apiVersion,
    reset: resetFields(resource, ""),
  });
  expect(JSON.stringify(entries)).toBe(JSON.stringify(managedFields));
});

const configMap = (data: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", ...metadata },
  data,
});
const apply = (manager: string, body: JsonObject, force = false): Step => ({ type: "apply", manager, body, force });
const update = (manager: string, body: JsonObject): Step => ({ type: "PUT", manager, body });

test("an apply that differs from others is refused with every field, and taken with force", () => {
  const stored = new Stored();
  stored.write(apply("alice", configMap({ a: "1", b: "1" })));
  stored.write(update("editor", { ...configMap({ a: "1", b: "1", c: "1" }) }));
  const step = apply("bob", configMap({ a: "2", b: "2", c: "2" }));
  const message = 'Apply failed with 3 conflicts: conflicts with "alice":\n- .data.a\n- .data.b\nconflicts with "editor" using v1:\n- .data.c';
  const causes = [
    { reason: "FieldManagerConflict", message: 'conflict with "alice"', field: ".data.a" },
    { reason: "FieldManagerConflict", message: 'conflict with "alice"', field: ".data.b" },
    { reason: "FieldManagerConflict", message: 'conflict with "editor" using v1', field: ".data.c" },
  ];
  expect(() => stored.write(step)).toThrow(
    expect.objectContaining({ message, code: 409, reason: "Conflict", status: expect.objectContaining({ details: { causes } }) as object }),
  );
  const taken = stored.write({ ...step, force: true });
  expect(taken).toMatchObject({ data: { a: "2", b: "2", c: "2" } });
  expect(taken.metadata.managedFields!.map(({ manager }) => manager)).toEqual(["bob"]);
});

test("updates of one manager share an entry, and the oldest of more than ten become one", () => {
  const stored = new Stored();
  const data: JsonObject = {};
  for (let i = 0; i < 14; i++) {
    data[`k${i}`] = "1";
    stored.write(update(`m${i}`, configMap({ ...data })));
  }
  stored.write(update("m13", configMap({ ...data, more: "1" })));
  const entries = stored.object!.metadata.managedFields!;
  expect(entries.map(({ manager }) => manager)).toEqual(["ancient-changes", "m5", "m6", "m7", "m8", "m9", "m10", "m11", "m12", "m13"]);
  expect(entries[0]).toMatchObject({ time: "2026-01-01T00:00:05Z", fieldsV1: { "f:data": { "f:k0": {}, "f:k4": {} } } });
  expect(entries[9]!.fieldsV1).toEqual({ "f:data": { "f:k13": {}, "f:more": {} } });
});

test("an object that nobody tracked is owned by before-first-apply when apply comes", () => {
  const stored = new Stored();
  stored.object = canonicalObject(
    configMap({ a: "1" }, { uid: "u", labels: { x: "y" } }) as unknown as KubeObject,
    kindOf(configMap({}) as unknown as KubeObject).schema,
  );
  expect(() => stored.write(apply("alice", configMap({ a: "2" })))).toThrow('conflict with "before-first-apply" using v1: .data.a');
  const entries = stored.write(apply("alice", configMap({ b: "2" }))).metadata.managedFields!;
  expect(entries.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }))).toEqual([
    { manager: "alice", operation: "Apply", fieldsV1: { "f:data": { "f:b": {} } } },
    {
      manager: "before-first-apply",
      operation: "Update",
      fieldsV1: { "f:data": { ".": {}, "f:a": {} }, "f:metadata": { "f:labels": { ".": {}, "f:x": {} } } },
    },
  ]);
});

test("kubectl takes over without force what its client-side apply has set, and keeps the annotation current", () => {
  const stored = new Stored();
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const lastApplied = JSON.stringify(configMap({ a: "1" }));
  stored.write({ type: "POST", manager: "kubectl-client-side-apply", body: configMap({ a: "1" }, { annotations: { [annotation]: lastApplied } }) });
  const object = stored.write(apply("kubectl", configMap({ a: "2" })));
  expect(object).toMatchObject({ data: { a: "2" } });
  expect(JSON.parse(object.metadata.annotations![annotation]!)).toEqual(configMap({ a: "2" }));
  expect(() => stored.write(apply("someone", configMap({ a: "3" })))).toThrow('conflict with "kubectl": .data.a');
});

test("the applier's order of list items holds, and items of others stand before what follows them", () => {
  const containers = (...names: string[]) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: names.map((name) => ({ name, image: "i" })) },
  });
  const stored = new Stored();
  stored.write(apply("alice", containers("a", "b", "c")));
  stored.write(apply("mesh", containers("proxy")));
  const object = stored.write(apply("alice", containers("c", "new", "a")));
  const { spec } = object as KubeObject & { spec: { containers: { name: string }[] } };
  expect(spec.containers.map(({ name }) => name)).toEqual(["c", "proxy", "new", "a"]);
});

test.each([
  [
    "a wrong version",
    { ...configMap({}), apiVersion: "v2" },
    400,
    "Incorrect version specified in apply patch. Specified patch version: v2, expected: v1",
  ],
  ["managedFields", configMap({}, { managedFields: [] }), 400, "metadata.managedFields must be nil"],
  [
    "a wrong type",
    configMap({ a: 1 }),
    500,
    "failed to create typed patch object (/c; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}",
  ],
  [
    "another kind",
    { ...configMap({}), kind: "Secret" },
    500,
    "failed to create typed patch object (/c; /v1, Kind=Secret): no corresponding type for /v1, Kind=Secret",
  ],
])("an apply with %s is refused", (_, config, code, message) => {
  const { schema } = kindOf(configMap({}) as unknown as KubeObject);
  const to = { apiVersion: "v1", kind: "ConfigMap" };
  const run = () => applyServerSide({ live: undefined, config, manager: "a", force: false, subresource: "", schema, now: 0, ...to });
  expect(run).toThrow(StatusError);
  expect(run).toThrow(expect.objectContaining({ code, message }));
});

test("a custom resource is merged by its own schema", () => {
  const keyed: Schema = {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["id"],
    items: { type: "object", properties: { id: { type: "string" }, size: { type: "integer" } } },
  };
  const schema: Schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          parts: keyed,
          tags: { type: "array", items: { type: "string" } },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    },
  };
  const widget = (spec: object) => ({ apiVersion: "x.io/v1", kind: "Widget", metadata: { name: "w" }, spec });
  const write = (live: KubeObject | undefined, manager: string, spec: object) =>
    applyServerSide({ live, config: widget(spec), manager, force: false, subresource: "", schema, now: 0, apiVersion: "x.io/v1", kind: "Widget" })
      .object;
  const first = write(undefined, "alice", { parts: [{ id: "a", size: 1 }], tags: ["x"], free: { deep: { a: 1 } } });
  const both = write(first, "bob", { parts: [{ id: "b", size: 2 }], free: { deep: { b: 2 } } });
  expect(both).toMatchObject({ spec: { parts: [{ id: "a" }, { id: "b" }], tags: ["x"], free: { deep: { a: 1, b: 2 } } } });
  expect(() => write(both, "bob", { tags: ["y"] })).toThrow('conflict with "alice": .spec.tags');
  expect(write(both, "alice", { tags: ["x"] })).toMatchObject({ spec: { parts: [{ id: "b", size: 2 }], free: { deep: { b: 2 } } } });
});

test("list items that do not say who they are leave an object without owners, for validation to refuse", () => {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { hostAliases: [{}, { ip: "" }], volumes: [null] } };
  expect(new Stored().write({ type: "POST", manager: "m", body: pod }).metadata.managedFields).toBeDefined();
  const keyed: Schema = {
    type: "object",
    properties: {
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["id"],
        items: { type: "object", properties: { id: { type: "string" } } },
      },
    },
  };
  const updated = { apiVersion: "x/v1", kind: "W", metadata: { name: "w" }, list: [{}] } as unknown as KubeObject;
  expect(trackUpdate({ live: undefined, updated, manager: "m", subresource: "", schema: keyed, now: 0, apiVersion: "x/v1" })).toBeUndefined();
});
