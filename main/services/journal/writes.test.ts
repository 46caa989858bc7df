import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { chainOf, type JournalEntry, writeOf, writesFromManagers } from "./writes.ts";

const kinds = [
  { group: "", version: "v1", resource: "pods", kind: "Pod" },
  { group: "apps", version: "v1", resource: "replicasets", kind: "ReplicaSet" },
];

const entry: JournalEntry = {
  time: "2026-01-01T00:00:01.500Z",
  revision: 42,
  verb: "create",
  group: "",
  resource: "pods",
  namespace: "default",
  name: "web-1",
  user: "system:serviceaccount:kube-system:replicaset-controller",
  component: "replicaset-controller",
  cause: { object: "replicasets.apps/default/web", resourceVersion: "41" },
  changes: [{ path: "spec.replicas", from: 1, to: 2 }],
};

describe("writeOf", () => {
  it("names kinds as people do", () => {
    expect(writeOf(entry, kinds)).toEqual({
      revision: 42,
      at: Date.UTC(2026, 0, 1, 0, 0, 1, 500),
      component: "replicaset-controller",
      user: "system:serviceaccount:kube-system:replicaset-controller",
      verb: "create",
      object: { group: "", version: "v1", resource: "pods", namespace: "default", name: "web-1" },
      kind: "Pod",
      changes: [{ path: "spec.replicas", from: 1, to: 2 }],
      cause: { text: "ReplicaSet web", revision: 41 },
    });
  });

  it("an Event says what it tells in place of its fields", () => {
    const changes = [
      { path: "involvedObject.kind", to: "Pod" },
      { path: "reason", to: "Scheduled" },
      { path: "count", to: 1 },
    ];
    expect(writeOf({ ...entry, resource: "events", name: "web-1.18eb", changes }, kinds)).toMatchObject({
      reason: "Scheduled",
      changes: [],
      kind: "events",
    });
  });

  it.each([
    ["nodes/wherry", "nodes wherry"],
    ["pods/default/web-1", "Pod web-1"],
    ["things.example.com/default/a", "things a"],
  ])("a cause %s is told as %s", (object, text) => {
    expect(writeOf({ ...entry, cause: { object, resourceVersion: "1" } }, kinds).cause).toEqual({ text, revision: 1 });
  });
});

it("a chain keeps when and how far each step is", () => {
  const { steps, truncated } = chainOf({ items: [{ ...entry, at: 12, depth: 2 }], truncated: true }, kinds);
  expect([steps[0]!.after, steps[0]!.depth, steps[0]!.kind, truncated]).toEqual([12, 2, "Pod", true]);
});

it("where there is no journal, the field managers tell who wrote last, and what is theirs", () => {
  const object = { group: "", version: "v1", resource: "pods", namespace: "default", name: "web-1" };
  const manager = (name: string, time: string, fields: object, subresource?: string) => ({
    manager: name,
    operation: "Update",
    time,
    fieldsV1: fields,
    ...(subresource ? { subresource } : {}),
  });
  const pod = {
    kind: "Pod",
    metadata: {
      creationTimestamp: "2026-01-01T00:00:00Z",
      managedFields: [
        manager("kubectl", "2026-01-01T00:00:00Z", { "f:spec": { "f:containers": { 'k:{"name":"web"}': {} }, "f:nodeSelector": {} } }),
        manager("kubelet", "2026-01-01T00:00:05Z", { "f:status": { "f:phase": {} } }, "status"),
      ],
    },
  } as unknown as KubeObject;
  expect(
    writesFromManagers(pod, object).map(({ component, subresource, changes }) => [component, subresource, changes.map(({ path }) => path)]),
  ).toEqual([
    ["kubelet", "status", ["status.phase"]],
    ["kubectl", undefined, ["spec.containers", "spec.nodeSelector"]],
  ]);
});
