import { describe, expect, test } from "vitest";
import { fieldChanges } from "./changes.ts";
import type { FieldChange } from "./types.ts";

const pod = (image: string, more: object = {}) => ({ metadata: { name: "web" }, spec: { containers: [{ name: "app", image }], ...more } });

const cases: { what: string; old?: object; now: object; changes: FieldChange[] }[] = [
  {
    what: "a number that tells the story",
    old: { spec: { replicas: 1, paused: true } },
    now: { spec: { replicas: 3, paused: true } },
    changes: [{ path: "spec.replicas", from: 1, to: 3 }],
  },
  {
    what: "a field of a named item",
    old: pod("nginx:1"),
    now: pod("nginx:2"),
    changes: [{ path: "spec.containers[app].image", from: "nginx:1", to: "nginx:2" }],
  },
  {
    what: "a value that may hold a secret is not told",
    old: { spec: { containers: [{ name: "app", env: [{ name: "TOKEN", value: "hunter2" }] }] } },
    now: { spec: { containers: [{ name: "app", env: [{ name: "TOKEN", value: "hunter3" }], args: ["--password=hunter2"] }] } },
    changes: [{ path: "spec.containers[app].env[TOKEN].value" }, { path: "spec.containers[app].args", op: "add" }],
  },
  {
    what: "a binding",
    old: pod("nginx:1"),
    now: pod("nginx:1", { nodeName: "wherry" }),
    changes: [{ path: "spec.nodeName", op: "add", to: "wherry" }],
  },
  {
    what: "the telling ones come first",
    old: { metadata: { labels: { a: "1" } }, status: { phase: "Pending" } },
    now: { metadata: { labels: { a: "2" } }, status: { phase: "Running" } },
    changes: [{ path: "status.phase", from: "Pending", to: "Running" }, { path: "metadata.labels.a" }],
  },
  {
    what: "keys with dots and slashes are set apart, and removals are told",
    old: { metadata: { annotations: { "kubernetes.io/change-cause": "x" } } },
    now: { metadata: {} },
    changes: [{ path: "metadata.annotations", op: "remove" }],
  },
  {
    what: "times and counters of routine are no change",
    old: {
      metadata: { generation: 1, resourceVersion: "4" },
      status: { observedGeneration: 1, conditions: [{ type: "Ready", lastTransitionTime: "a" }] },
    },
    now: {
      metadata: { generation: 2, resourceVersion: "5" },
      status: { observedGeneration: 2, conditions: [{ type: "Ready", lastTransitionTime: "b" }] },
    },
    changes: [],
  },
  {
    what: "lists of nameless items are counted",
    old: { subsets: [{ addresses: ["a"] }], rules: ["a"] },
    now: { subsets: [{ addresses: ["a"] }, {}], rules: ["b"] },
    changes: [{ path: "size(subsets)", from: 1, to: 2 }, { path: "rules" }],
  },
  {
    what: "endpoints are told apart by their pods",
    old: { endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: false }, targetRef: { name: "web-1" } }] },
    now: { endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true }, targetRef: { name: "web-1" } }] },
    changes: [{ path: "endpoints[web-1].conditions.ready", from: false, to: true }],
  },
  {
    what: "what is new inside tells its story too",
    old: { status: {} },
    now: { status: { conditions: [{ type: "Ready", status: "True", message: "all is well" }], hostIPs: [{ ip: "10.0.0.1" }] } },
    changes: [
      { path: "status.conditions[Ready].status", op: "add", to: "True" },
      { path: "status.hostIPs", op: "add" },
    ],
  },
  {
    what: "a new object tells only what tells the story",
    now: { ...pod("nginx:1", { replicas: 3 }), data: { password: "hunter2" } },
    changes: [
      { path: "spec.replicas", op: "add", to: 3 },
      { path: "spec.containers[app].image", op: "add", to: "nginx:1" },
    ],
  },
];

test.each(cases)("changes: $what", ({ old, now, changes }) => expect(fieldChanges(now, old)).toEqual(changes));

describe("what must not be told", () => {
  test("nothing of a Secret but that its data differ", () => {
    const old = { data: { password: "aHVudGVyMg==" }, type: "Opaque", stringData: { a: "1" } };
    const now = { data: { password: "aHVudGVyMw==", "id_rsa.old": "bm8=" }, type: "Opaque", stringData: { a: "1" } };
    expect(fieldChanges(now, old, { secret: true })).toEqual([{ path: "data" }]);
    expect(fieldChanges(now, undefined, { secret: true })).toEqual([]);
  });

  test("no values of custom resources, whose fields may mean anything", () => {
    const changes = fieldChanges({ spec: { replicas: 3 } }, { spec: { replicas: 1 } }, { custom: true });
    expect(changes).toEqual([{ path: "spec.replicas" }]);
  });
});

test("a large change is told in part", () => {
  const labels = (value: string) => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`l${index}`, value]));
  const changes = fieldChanges({ metadata: { labels: labels("b") } }, { metadata: { labels: labels("a") } });
  expect(changes).toHaveLength(6);
});
