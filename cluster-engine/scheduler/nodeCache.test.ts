import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { NodeCache } from "./nodeCache.ts";
import { NodeInfo } from "./nodeInfo.ts";
import { node, pod } from "./testWorld.ts";
import { sumByDomain } from "./topology.ts";
import { TrialSnapshot } from "./trialSnapshot.ts";
import type { Snapshot } from "./types.ts";

// Whatever happens, in whatever order: what is kept up to date step by step equals what a fresh count gives.

const names = ["a", "b", "c", "d"];
const term = { topologyKey: "zone", labelSelector: { matchLabels: { app: "web" } } };

type Step =
  | { do: "node"; name: string; zone: string }
  | { do: "removeNode"; name: string }
  | { do: "pod"; id: number; nodeName: string; app: string; avoids: boolean; cpu: number }
  | { do: "removePod"; id: number };

const anyName = fc.constantFrom(...names);
const anyId = fc.integer({ min: 0, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("node" as const), name: anyName, zone: fc.constantFrom("x", "y") }),
  fc.record({ do: fc.constant("removeNode" as const), name: anyName }),
  fc.record({
    do: fc.constant("pod" as const),
    id: anyId,
    nodeName: anyName,
    app: fc.constantFrom("web", "db"),
    avoids: fc.boolean(),
    cpu: fc.integer({ min: 0, max: 500 }),
  }),
  fc.record({ do: fc.constant("removePod" as const), id: anyId }),
);

const podOf = ({ id, nodeName, app, avoids, cpu }: Extract<Step, { do: "pod" }>): Pod =>
  pod({
    name: `p${id}`,
    cpu: `${cpu}m`,
    labels: { app },
    spec: { nodeName, ...(avoids && { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }) },
  });
const nodeOf = (name: string, zone: string) => node(name, { labels: { zone } }).node;

const web = { key: "web", namespace: "default", of: ({ metadata }: Pod) => (metadata.labels?.["app"] === "web" ? 1 : 0) };

/** Everything that plugins read. */
function seen(snapshot: Snapshot) {
  const zone = snapshot.topology("zone");
  const perZone = (sums: Float64Array) => [...sums].filter((sum) => sum > 0).sort((a, b) => a - b);
  const tally = snapshot.tally(web);
  return {
    nodes: snapshot.nodes
      .map((info) => [info.name, info.requested.cpu, [...info.pods.keys()].sort().join(), tally.counts[info.slot] ?? 0].join(" "))
      .sort(),
    zones: perZone(sumByDomain(tally, zone, snapshot.nodes)),
    avoiding: [...snapshot.terms("requiredAntiAffinity", "default")].map((terms) => [terms.total, perZone(sumByDomain(terms, zone, snapshot.nodes))]),
  };
}

/** The same world, made in one go. */
function fresh(nodes: Map<string, string>, pods: Map<number, Pod>): NodeCache {
  const cache = new NodeCache();
  for (const [name, zone] of nodes) cache.setNode(nodeOf(name, zone));
  for (const each of pods.values()) cache.setPod(each);
  return cache;
}

class World {
  readonly nodes = new Map<string, string>();
  readonly pods = new Map<number, Pod>();

  take(next: Step): void {
    if (next.do === "node") this.nodes.set(next.name, next.zone);
    if (next.do === "removeNode") this.nodes.delete(next.name);
    if (next.do === "pod") this.pods.set(next.id, podOf(next));
    if (next.do === "removePod") this.pods.delete(next.id);
  }
}

function apply(cache: NodeCache, next: Step): void {
  if (next.do === "node") cache.setNode(nodeOf(next.name, next.zone));
  if (next.do === "removeNode") cache.removeNode(next.name);
  if (next.do === "pod") cache.setPod(podOf(next));
  if (next.do === "removePod") cache.removePod(pod({ name: `p${next.id}` }));
}

test("the cache equals one that is made anew", () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new NodeCache();
      const world = new World();
      for (const next of steps) {
        apply(cache, next);
        world.take(next);
        // Tallies begin early, and follow.
        cache.tally(web);
      }
      expect(seen(cache)).toEqual(seen(fresh(world.nodes, world.pods)));
    }),
  ));

test("a trial equals a world that was changed so, and leaves the world as it is", () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 6 }), (steps, changes) => {
      const world = new World();
      for (const next of steps) world.take(next);
      const cache = fresh(world.nodes, world.pods);
      const before = seen(cache);
      const changed = new World();
      for (const [name, zone] of world.nodes) changed.nodes.set(name, zone);
      for (const [id, each] of world.pods) changed.pods.set(id, each);
      for (const next of changes) changed.take(next);
      const different = (id: number) => changed.pods.get(id) !== world.pods.get(id);
      const trial = new TrialSnapshot(cache, {
        pods: [...changed.pods].flatMap(([id, each]) => (different(id) ? [each] : [])),
        leaving: [...world.pods].flatMap(([id, each]) => (different(id) ? [{ pod: each, nodeName: each.spec.nodeName! }] : [])),
        nodes: [...changed.nodes].flatMap(([name, zone]) => (world.nodes.get(name) === zone ? [] : [nodeOf(name, zone)])),
        removedNodes: [...world.nodes.keys()].filter((name) => !changed.nodes.has(name)),
      });
      // Pods whose node comes only in the trial are not looked for.
      const known = [...changed.pods].filter(([id, each]) => different(id) || world.nodes.has(each.spec.nodeName!));
      expect(seen(trial)).toEqual(seen(fresh(changed.nodes, new Map(known))));
      expect(seen(cache)).toEqual(before);
    }),
  ));

test("nodes of different zones take turns", () => {
  const cache = new NodeCache();
  for (const [name, zone] of [
    ["a1", "a"],
    ["a2", "a"],
    ["a3", "a"],
    ["b1", "b"],
    ["c1", "c"],
  ] as const)
    cache.setNode(node(name, { labels: { "topology.kubernetes.io/zone": zone } }).node);
  expect(cache.nodes.map(({ name }) => name)).toEqual(["a1", "b1", "c1", "a2", "a3"]);
});

test("a node's pods add up, and no longer count when they are gone", () => {
  const pods = [pod({ name: "p", cpu: "300m", requests: { "example.com/gpu": "2" } }), pod({ name: "q" })];
  const info = new NodeInfo(node("a").node, pods);
  expect([info.requested.cpu, info.requested.get("example.com/gpu"), info.nonZero.cpu]).toEqual([300, 2, 400]);
  for (const each of pods) info.remove(each);
  expect([info.requested.cpu, info.requested.get("example.com/gpu"), info.nonZero.cpu, info.pods.size]).toEqual([0, 0, 0, 0]);
});
