import { describe, expect, it } from "vitest";
import type { Event, Node, Pod } from "../../../shared/kubernetes/types.ts";
import { detailOf, requestOf, type World } from "./evidence.ts";
import { type DecisionTrace, explainMessage, explainTrace } from "./explain.ts";
import { remedyFor } from "./remedies.ts";
import { reviewOf } from "./whatIf.ts";

const pod = (name: string, spec: object = {}, cpu?: string, memory?: string): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: name },
    spec: { containers: [{ name: "app", resources: { requests: { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) } } }], ...spec },
  }) as unknown as Pod;

const node = (name: string, more: { taints?: object[]; labels?: object } = {}): Node =>
  ({
    metadata: { name, labels: more.labels ?? {} },
    spec: more.taints ? { taints: more.taints } : {},
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  }) as unknown as Node;

const world = (own: Pod, nodes: Node[], placed: Record<string, Pod[]> = {}): World => ({
  pod: own,
  nodes: new Map(nodes.map((one) => [one.metadata.name, one])),
  podsOn: (name) => placed[name] ?? [],
});

describe("detailOf", () => {
  const taints = [
    { key: "gpu", value: "yes", effect: "NoSchedule" },
    { key: "soft", effect: "PreferNoSchedule" },
    { key: "known", effect: "NoExecute" },
  ];
  const tolerations = [{ key: "known", operator: "Exists" }];
  const ended = { ...pod("done", {}, "3"), status: { phase: "Succeeded" } } as Pod;
  const cases: [string, World, string | undefined][] = [
    ["Insufficient cpu", world(pod("big", {}, "2"), [node("a")], { a: [pod("x", {}, "3400m"), ended] }), "asks 2 cores, 0.6 of 4 cores are free"],
    ["Insufficient memory", world(pod("big", {}, "1", "6Gi"), [node("a")], { a: [pod("x", {}, "1", "5Gi")] }), "asks 6 GiB, 3 of 8 GiB are free"],
    [
      "Insufficient example.com/gpu",
      world(pod("big", { containers: [{ name: "c", resources: { requests: { "example.com/gpu": "1" } } }] }), [node("a")]),
      "asks 1, the node has none",
    ],
    ["node(s) had untolerated taint(s)", world(pod("p", { tolerations }), [node("a", { taints })]), "gpu=yes:NoSchedule"],
    [
      "node(s) didn't match Pod's node affinity/selector",
      world(pod("p", { nodeSelector: { disk: "ssd", zone: "a" } }), [node("a", { labels: { zone: "a" } })]),
      "lacks disk=ssd",
    ],
    [
      "node(s) didn't match Pod's node affinity/selector",
      world(
        pod("p", {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["b", "c"] }] }],
              },
            },
          },
        }),
        [node("a")],
      ),
      "wants zone In b, c",
    ],
    ["Too many pods", world(pod("p"), [node("a")], { a: [pod("x"), pod("y"), ended] }), "2 of 110 pods"],
    ["node(s) were unschedulable", world(pod("p"), [node("a")]), undefined],
  ];
  it.each(cases)("%s", (reason, known, detail) => expect(detailOf(reason, "a", known)).toBe(detail));

  it("says nothing of a node that is gone", () => expect(detailOf("Insufficient cpu", "b", world(pod("p"), [node("a")]))).toBeUndefined());
});

it.each([
  ["containers together", pod("p", { containers: [{ resources: { requests: { cpu: "1" } } }, { resources: { requests: { cpu: "500m" } } }] }), 1.5],
  ["the greediest init container", pod("p", { initContainers: [{ resources: { requests: { cpu: "3" } } }] }, "1"), 3],
  ["sidecars with the containers", pod("p", { initContainers: [{ restartPolicy: "Always", resources: { requests: { cpu: "3" } } }] }, "1"), 4],
  ["the pod's own amount, and its overhead", pod("p", { resources: { requests: { cpu: "2" } }, overhead: { cpu: "250m" } }, "1"), 2.25],
])("a pod asks for %s", (_what, asking, cpu) => expect(requestOf(asking, "cpu")).toBeCloseTo(cpu));

const trace = (nodes: DecisionTrace["nodes"], more: Partial<DecisionTrace> = {}): DecisionTrace => ({
  at: 1000,
  attempt: 2,
  preFilters: [],
  nodeCount: nodes.length,
  feasible: nodes.filter(({ filters }) => filters.length === 0).length,
  reasons: {},
  nodes,
  ...more,
});

describe("explainTrace", () => {
  const refused = (name: string, ...reasons: [string, string][]) => ({
    name,
    scores: [],
    filters: reasons.map(([plugin, reason]) => ({ plugin, reasons: [reason] })),
  });

  it("tells node by node which plugin refuses, with the numbers, and what would help, the commonest first", () => {
    const known = world(pod("big", {}, "9"), [node("a", { taints: [{ key: "gpu", effect: "NoSchedule" }] }), node("b")]);
    const found = explainTrace(
      trace(
        [
          refused("a", ["TaintToleration", "node(s) had untolerated taint(s)"], ["NodeResourcesFit", "Insufficient cpu"]),
          refused("b", ["NodeResourcesFit", "Insufficient cpu"]),
        ],
        {
          message: "0/2 nodes are available",
        },
      ),
      known,
    );
    expect(found).toMatchObject({ source: "trace", at: 1000, attempt: 2, nodeCount: 2, feasible: 0, message: "0/2 nodes are available" });
    expect(found.reasons).toEqual([
      { reason: "Insufficient cpu", nodes: 2, next: "Lower the pod's request for cpu, free some on a node, or add a node." },
      { reason: "node(s) had untolerated taint(s)", nodes: 1, next: "Add a toleration to the pod, or remove the taint from the node." },
    ]);
    expect(found.nodes.map(({ name, refusals }) => [name, ...refusals.map(({ plugin, detail }) => `${plugin}: ${detail}`)])).toEqual([
      ["a", "TaintToleration: gpu:NoSchedule", "NodeResourcesFit: asks 9 cores, 4 of 4 cores are free"],
      ["b", "NodeResourcesFit: asks 9 cores, 4 of 4 cores are free"],
    ]);
  });

  it("counts as the scheduler did where only some nodes are told", () => {
    const found = explainTrace(
      trace([refused("a", ["NodeResourcesFit", "Insufficient cpu"])], {
        nodeCount: 1000,
        reasons: { "Insufficient cpu": 900, "Too many pods": 100 },
      }),
      world(pod("p"), []),
    );
    expect(found.reasons.map(({ nodes }) => nodes)).toEqual([900, 100]);
  });

  it("keeps scores, the choice and who would have to leave", () => {
    const scored = { name: "a", filters: [], scores: [{ plugin: "ImageLocality", score: 10, weight: 1 }], total: 10 };
    const found = explainTrace(trace([scored], { node: "a", preemption: { node: "a", victims: ["default/x"] } }), world(pod("p"), []));
    expect(found).toMatchObject({ node: "a", nodes: [{ total: 10 }], preemption: { victims: ["default/x"] } });
  });
});

describe("explainMessage", () => {
  const waiting = (message: string, reason = "Unschedulable") =>
    ({
      ...pod("p"),
      status: { conditions: [{ type: "PodScheduled", status: "False", reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" }] },
    }) as unknown as Pod;

  it("reads the scheduler's message where there is no trace", () => {
    const message =
      "0/5 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b, c}, 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.";
    const found = explainMessage(waiting(message), []);
    expect(found).toMatchObject({ source: "event", nodeCount: 5, message, at: Date.UTC(2026, 0, 1) });
    expect(found.reasons.map(({ nodes, reason }) => `${nodes} ${reason}`)).toEqual([
      "3 node(s) didn't match Pod's node affinity/selector",
      "1 Insufficient cpu",
      "1 node(s) had untolerated taint {a: b, c}",
    ]);
  });

  it("the newest event serves when the pod has no condition", () => {
    const event = {
      reason: "FailedScheduling",
      message: "no nodes available to schedule pods",
      involvedObject: { uid: "p" },
      lastTimestamp: "2026-01-01T00:00:09Z",
    } as Event;
    expect(explainMessage(pod("p"), [event])).toMatchObject({
      source: "event",
      reasons: [{ reason: "no nodes available to schedule pods", nodes: 0 }],
    });
  });

  it("knows where a pod is that has a node, and says that nothing is known of one that nobody tried", () => {
    expect(explainMessage(pod("p", { nodeName: "a" }), [])).toMatchObject({ source: "event", node: "a" });
    expect(explainMessage(pod("p"), [])).toMatchObject({ source: "none", reasons: [] });
  });
});

it("every reason of the default plugins has its own remedy", () => {
  const reasons = [
    "Insufficient cpu",
    "Too many pods",
    "node(s) had untolerated taint(s)",
    "node(s) were unschedulable",
    "node(s) didn't match Pod's node affinity/selector",
    "node(s) didn't match scheduler-enforced node affinity",
    "node(s) didn't match the requested node name",
    "node(s) didn't have free ports for the requested pod ports",
    "node(s) didn't satisfy existing pods anti-affinity rules",
    "node(s) didn't match pod anti-affinity rules",
    "node(s) didn't match pod affinity rules",
    "node(s) didn't match pod topology spread constraints (missing required label)",
    "node(s) didn't match pod topology spread constraints",
    "pod has unbound immediate PersistentVolumeClaims",
    'persistentvolumeclaim "x" not found',
    'persistentvolumeclaim "x" is being deleted',
    "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
    "node(s) didn't find available persistent volumes to bind",
    "node(s) didn't match PersistentVolume's node affinity",
    "node(s) exceed max volume count",
    "node(s) had no available disk",
    "Scheduling is blocked due to non-empty scheduling gates",
    "no nodes available to schedule pods",
  ];
  const told = reasons.map(remedyFor);
  expect(new Set(told).size).toBe(reasons.length);
  expect(told).not.toContain(remedyFor("something new"));
});

describe("reviewOf", () => {
  const own = pod("big", { nodeSelector: { disk: "ssd" } }, "9", "1Gi");
  const known = world(own, [node("a", { taints: [{ key: "gpu", effect: "NoSchedule" }], labels: { "kubernetes.io/hostname": "a" } }), node("b")], {
    a: [pod("x"), own],
  });
  const change = { anyNode: false, openNodes: false };

  it("changes nothing when nothing is asked", () => {
    expect(reviewOf(change, known)).toEqual({ pod: { metadata: { namespace: "default", name: "big" }, spec: {} }, nodes: [], removedPods: [] });
  });

  it("asks for other amounts, all on the first container", () => {
    const two = world(
      {
        ...own,
        spec: { ...own.spec, containers: [...own.spec.containers, { name: "helper", resources: { requests: { cpu: "1", memory: "1Gi" } } }] },
      } as Pod,
      [],
    );
    const { pod: asked } = reviewOf({ ...change, cpu: 0.5 }, two) as { pod: { spec: Pod["spec"] } };
    expect(asked.spec.containers.map(({ resources }) => resources?.requests)).toEqual([
      { cpu: "0.5", memory: "1Gi" },
      { cpu: "0", memory: "1Gi" },
    ]);
  });

  it("lets any node do, open as it may be", () => {
    expect(reviewOf({ ...change, anyNode: true, openNodes: true }, known)).toMatchObject({
      pod: { spec: { nodeSelector: null, affinity: { nodeAffinity: null } } },
      nodes: [
        { metadata: { name: "a" }, spec: { taints: null, unschedulable: null } },
        { metadata: { name: "b" }, spec: { taints: null, unschedulable: null } },
      ],
    });
  });

  it("empties a node of all but the pod itself", () => {
    expect(reviewOf({ ...change, emptied: "a" }, known).removedPods).toEqual([{ namespace: "default", name: "x" }]);
  });

  it("adds a node like another, under a name of its own", () => {
    const crowded = world(own, [node("a", { labels: { "kubernetes.io/hostname": "a" } }), node("a-more")]);
    expect(reviewOf({ ...change, another: "a" }, crowded).nodes).toMatchObject([
      { metadata: { name: "a-more-2", labels: { "kubernetes.io/hostname": "a-more-2" } }, status: { allocatable: { cpu: "4" } } },
    ]);
    expect(reviewOf({ ...change, another: "gone" }, crowded).nodes).toEqual([]);
  });
});
