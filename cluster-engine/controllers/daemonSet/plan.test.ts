import { expect, test } from "vitest";
import type { DaemonSet, DaemonSetSpec, Node, Pod } from "../../../shared/kubernetes/types.ts";
import { Failures } from "./failures.ts";
import { nodeFitter } from "./nodes.ts";
import { planDaemons } from "./plan.ts";

const now = Date.UTC(2026, 0, 1);

const setOf = (rollingUpdate: object, more: Partial<DaemonSetSpec> = {}): DaemonSet =>
  ({
    metadata: { name: "d", namespace: "default", uid: "set" },
    spec: {
      selector: { matchLabels: { app: "d" } },
      template: { spec: { containers: [], nodeSelector: { daemons: "yes" } } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
      ...more,
    },
  }) as DaemonSet;

const nodeOf = (name: string): Node =>
  ({
    metadata: { name, labels: { daemons: name.startsWith("x") ? "no" : "yes" } },
    spec: { taints: name.startsWith("t") ? [{ key: "busy", effect: "NoSchedule" }] : [] },
  }) as unknown as Node;

/** `a`: an up-to-date, ready pod on node a; `a.old`: of an older revision; `a-`: not ready; `a!`: on its way out; `a+`: failed. */
function podOf(text: string, index: number): Pod {
  const [, node, old, marks = ""] = /^(\w+)(\.old)?([-!+]*)$/.exec(text)!;
  return {
    metadata: {
      name: `${text}#${index}`,
      uid: `${index}`,
      creationTimestamp: `2025-12-31T00:00:0${index}Z`,
      labels: { "controller-revision-hash": old ? "old" : "new" },
      ...(marks.includes("!") ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { nodeName: node },
    status: {
      phase: marks.includes("+") ? "Failed" : "Running",
      conditions: [{ type: "Ready", status: /[-+]/.test(marks) ? "False" : "True", lastTransitionTime: "2025-12-31T23:59:50Z" }],
    },
  } as unknown as Pod;
}

const oneDown = { maxUnavailable: 1, maxSurge: 0 };
const oneMore = { maxUnavailable: 0, maxSurge: 1 };

test.each<[string, DaemonSet, string, string, string]>([
  ["one on each node", setOf(oneDown), "a b", "", "+a +b"],
  ["not where the selector forbids", setOf(oneDown), "a x", "", "+a"],
  ["a pod that may not stay goes", setOf(oneDown), "a x", "a x", "-x"],
  ["a taint keeps new ones away, and leaves those that are there", setOf(oneDown), "a t t2", "a t", ""],
  ["of two the older stays", setOf(oneDown), "a", "a a", "-a"],
  ["a failed pod goes", setOf(oneDown), "a", "a+", "-a+"],
  ["as many old pods go as may be missing", setOf(oneDown), "a b c", "a.old b.old c.old", "-a.old"],
  ["a share of the nodes, rounded up", setOf({ maxUnavailable: "40%", maxSurge: 0 }), "a b c", "a.old b.old c.old", "-a.old -b.old"],
  ["none while one is missing", setOf(oneDown), "a b", "a.old b-", ""],
  ["unavailable old ones in any case", setOf(oneDown), "a b", "a.old- b-", "-a.old-"],
  ["a pod that is not ready for long counts as missing", setOf(oneDown, { minReadySeconds: 60 }), "a b", "a.old b", "-a.old"],
  ["by hand only", setOf(oneDown, { updateStrategy: { type: "OnDelete" } }), "a", "a.old", ""],
  ["a new one beside the old", setOf(oneMore), "a b", "a.old b.old", "+a"],
  ["none while one is too much", setOf(oneMore), "a b", "a.old a- b.old", ""],
  ["beside an unavailable old one in any case", setOf(oneMore), "a b", "a.old a- b.old-", "+b"],
  ["the old one goes once the new one is available", setOf(oneMore), "a b", "a.old a b.old", "-a.old"],
  ["the old one goes at once when it is not ready", setOf(oneMore), "a b", "a.old- a- b", "-a.old-"],
  ["a new one beside one on its way out", setOf(oneMore), "a", "a!", "+a"],
  ["an old one on a tainted node stays while it is needed", setOf(oneMore), "a t", "t.old", "+a"],
  ["an old one on a tainted node stays until enough run elsewhere", setOf(oneMore), "a t", "a- t.old", ""],
  ["an old one on a tainted node goes once enough run elsewhere", setOf(oneMore), "a t", "a t.old", "-t.old"],
])("%s", (_, set, nodes, pods, expected) => {
  const words = (text: string) => text.split(" ").filter(Boolean);
  const input = { set, nodes: words(nodes).map(nodeOf), pods: words(pods).map(podOf), fit: nodeFitter(set), hash: "new", now, backsOff: () => false };
  const plan = planDaemons(input);
  const done = [...plan.create.map((node) => `+${node}`), ...plan.delete.map(({ metadata }) => `-${metadata.name.replace(/#\d+$/, "")}`)];
  expect(done.join(" ")).toBe(expected);
});

test("failures of a node's pods are waited for ever longer, and forgotten in the end", () => {
  const failures = new Failures();
  const waits = [0, 1000, 3000, 7000].map((at) => {
    failures.note("set", "a", at);
    return failures.wait("set", "a", at);
  });
  expect(waits).toEqual([1000, 2000, 4000, 8000]);
  expect(failures.wait("set", "b", 7000)).toBe(0);
  failures.note("set", "a", 7000 + 1_800_001);
  expect(failures.wait("set", "a", 7000 + 1_800_001)).toBe(1000);
});
