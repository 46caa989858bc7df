import { expect, test } from "vitest";
import type { Node, NodeCondition } from "../../../shared/kubernetes/types.ts";
import { TaintQueue } from "./taintQueue.ts";
import { clusterChange, evictionRateOf, stateOfZone, zoneKey, type ZoneState } from "./zones.ts";

const conditions = (healthy: number, unhealthy: number): (NodeCondition | undefined)[] => [
  ...Array.from({ length: healthy }, () => ({ type: "Ready", status: "True" })),
  ...Array.from({ length: unhealthy }, (_, i) => (i === 0 ? undefined : { type: "Ready", status: "Unknown" })),
];

test.each<[number, number, ZoneState]>([
  [3, 0, "Normal"],
  [0, 0, "Normal"],
  [0, 1, "FullDisruption"],
  [0, 5, "FullDisruption"],
  [1, 2, "Normal"],
  [2, 3, "PartialDisruption"],
  [3, 3, "Normal"],
  [9, 11, "PartialDisruption"],
  [10, 12, "Normal"],
])("a zone of %d healthy and %d unhealthy nodes is %s", (healthy, unhealthy, expected) => {
  expect(stateOfZone(conditions(healthy, unhealthy))).toBe(expected);
});

test.each<[ZoneState, number, number]>([
  ["Normal", 5, 0.1],
  ["FullDisruption", 5, 0.1],
  ["PartialDisruption", 50, 0],
  ["PartialDisruption", 51, 0.01],
])("in a %s zone of %d nodes %d a second are emptied", (state, size, expected) => {
  expect(evictionRateOf(state, size)).toBe(expected);
});

const states = (...all: ZoneState[]) => new Map(all.map((state, i) => [String(i), state]));

test.each<[string, ZoneState[], ZoneState[], string]>([
  ["the first look finds all down", [], ["FullDisruption"], "allDown"],
  ["the first look finds one up", [], ["Normal", "FullDisruption"], "none"],
  ["the last zone goes down", ["Normal", "FullDisruption"], ["FullDisruption", "FullDisruption"], "allDown"],
  ["all stay down", ["FullDisruption"], ["FullDisruption"], "none"],
  ["one comes up", ["FullDisruption", "FullDisruption"], ["FullDisruption", "Normal"], "upAgain"],
  ["one zone of two is down", ["Normal", "Normal"], ["Normal", "FullDisruption"], "none"],
])("%s", (_, before, now, expected) => {
  expect(clusterChange(states(...before), states(...now))).toBe(expected);
});

test.each([
  [{}, ""],
  [{ "topology.kubernetes.io/zone": "a", "topology.kubernetes.io/region": "r" }, "r:\0:a"],
  [{ "topology.kubernetes.io/zone": "a", "failure-domain.beta.kubernetes.io/zone": "b" }, ":\0:b"],
])("the zone of a node with labels %j", (labels, expected) => {
  expect(zoneKey({ metadata: { labels } } as unknown as Node)).toBe(expected);
});

test("nodes are let through in order, one each ten seconds", () => {
  const queue = new TaintQueue(0.1, 0);
  for (const name of ["a", "b", "c", "b"]) queue.add(name);
  expect([queue.take(0), queue.take(0), queue.wait(0)]).toEqual(["a", undefined, 10_000]);
  queue.remove("b");
  expect([queue.take(9999), queue.take(10_000), queue.take(30_000), queue.wait(30_000)]).toEqual([undefined, "c", undefined, Infinity]);
});

test("a rate of nothing lets none through, and a new rate gives no token twice", () => {
  const queue = new TaintQueue(0.1, 0);
  for (const name of ["a", "b"]) queue.add(name);
  expect(queue.take(0)).toBe("a");
  queue.setRate(0, 0);
  expect([queue.take(1_000_000), queue.wait(1_000_000)]).toEqual([undefined, Infinity]);
  queue.setRate(0.1, 1_000_000);
  expect([queue.take(1_000_000), queue.take(1_010_000)]).toEqual([undefined, "b"]);
});
