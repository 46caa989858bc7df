import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Node } from "../../../shared/kubernetes/types.ts";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { refusalMessage } from "../decide.ts";
import { node, pod, testScheduler } from "../testWorld.ts";
import type { ExtenderConfiguration } from "../config/types.ts";
import { Extenders } from "./extenders.ts";

let server: Server | undefined;
afterEach(() => void server?.close());

/** What an extender is sent, all verbs together. */
interface Body {
  NodeNames: string[];
  Nodes: { items: Node[] };
  Node: string;
  NodeNameToMetaVictims: Record<string, { Pods: { UID: string }[] }>;
}

type Answers = Record<string, (body: Body) => unknown>;

/** An extender on loopback; `asked` are the verbs and bodies that came. */
async function extender(answers: Answers, configuration: Partial<ExtenderConfiguration> = {}) {
  const asked: [string, Body][] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const verb = request.url!.slice("/extend/".length);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
      asked.push([verb, body]);
      const answer = answers[verb];
      if (!answer) return void response.writeHead(500).end();
      response.end(JSON.stringify(answer(body)));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server!.once("listening", resolve));
  const urlPrefix = `http://127.0.0.1:${(server.address() as AddressInfo).port}/extend`;
  const verbs = { filterVerb: "filter", prioritizeVerb: "prioritize", bindVerb: "bind", preemptVerb: "preempt", weight: 5 };
  return { asked, extenders: new Extenders([{ urlPrefix, nodeCacheCapable: true, ...verbs, ...configuration }], silentLog) };
}

const decide = (extenders: Extenders, wanted = pod()) => {
  const { cache, profile } = testScheduler([node("a"), node("b"), node("c")]);
  return extenders.decide({ pod: wanted, snapshot: cache }, { profile, random: seededRandom(1) });
};
const noScores = { prioritize: () => [] };

test("an extender narrows the nodes and says which is best", async () => {
  const { extenders, asked } = await extender({
    filter: ({ NodeNames }) => ({ NodeNames: NodeNames.filter((name) => name !== "a"), FailedNodes: { a: "no licence" } }),
    prioritize: ({ NodeNames }) => NodeNames.map((Host) => ({ Host, Score: Host === "c" ? 10 : 0 })),
  });
  const decision = await decide(extenders);
  expect(decision.node?.name).toBe("c");
  expect(asked.map(([verb, { NodeNames }]) => [verb, NodeNames])).toEqual([
    ["filter", ["a", "b", "c"]],
    ["prioritize", ["b", "c"]],
  ]);
  expect(decision.refusals.get("a")).toEqual({ code: "unschedulable", reasons: ["no licence"] });
});

test("a pod that an extender refuses everywhere is told its reasons, and any event may help it", async () => {
  const { extenders } = await extender({
    filter: () => ({ NodeNames: [], FailedNodes: { a: "full" }, FailedAndUnresolvableNodes: { b: "never", c: "never" } }),
  });
  const decision = await decide(extenders);
  expect(refusalMessage(decision)).toBe("0/3 nodes are available: 1 full, 2 never.");
  expect([decision.refusals.get("b")?.code, decision.refusedBy.has("Extender")]).toEqual(["unresolvable", true]);
});

test("whole nodes are sent to an extender that knows none", async () => {
  const { extenders, asked } = await extender(
    { filter: ({ Nodes }) => ({ Nodes: { items: Nodes.items.slice(0, 1) } }), ...noScores },
    { nodeCacheCapable: false },
  );
  expect((await decide(extenders)).node?.name).toBe("a");
  expect(asked[0]![1].Nodes.items[0]?.status?.allocatable?.["cpu"]).toBe("2");
});

test.each<[string, boolean, string | undefined]>([
  ["fails the attempt", false, undefined],
  ["is passed over when it may be ignored", true, "node"],
])("an extender that fails %s", async (_, ignorable, expected) => {
  const { extenders } = await extender({}, { ignorable });
  const decision = decide(extenders);
  if (expected) expect((await decision).node).toBeDefined();
  else await expect(decision).rejects.toThrow(/^failed filter with extender at URL http:\/\/127\.0\.0\.1:\d+\/extend\/filter, code 500$/);
});

test("only pods that ask for its resources concern an extender that manages some", async () => {
  const { extenders } = await extender({}, { managedResources: [{ name: "example.com/licence", ignoredByScheduler: true }] });
  expect([extenders.concern(pod()), extenders.concern(pod({ requests: { "example.com/licence": "1" } }))]).toEqual([false, true]);
  expect(extenders.ignoredResources).toEqual(["example.com/licence"]);
});

test("an extender binds", async () => {
  const { extenders, asked } = await extender({ bind: ({ Node }) => (Node === "b" ? { Error: "no" } : {}) });
  const wanted = pod({ name: "web" });
  await extenders.bind(wanted, "a");
  expect(asked).toEqual([["bind", { PodName: "web", PodNamespace: "default", PodUID: "uid-web", Node: "a" }]]);
  await expect(extenders.bind(wanted, "b")).rejects.toThrow("no");
});

test("an extender strikes candidates for preemption, and may choose other victims", async () => {
  const { extenders } = await extender({
    preempt: ({ NodeNameToMetaVictims }) => ({
      NodeNameToMetaVictims: { b: { Pods: NodeNameToMetaVictims["b"]!.Pods.slice(1), NumPDBViolations: 0 } },
    }),
  });
  const { cache } = testScheduler([node("a", { pods: [{ name: "p1" }] }), node("b", { pods: [{ name: "p2" }, { name: "p3" }] })]);
  const candidates = ["a", "b"].map((name) => ({ node: cache.get(name)!, victims: [...cache.get(name)!.pods.values()], violations: 0 }));
  const left = await extenders.review(pod(), candidates);
  expect(left?.map((each) => [each.node.name, each.victims.map(({ metadata }) => metadata.name)])).toEqual([["b", ["p3"]]]);
});
