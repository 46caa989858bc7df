import type { ApiResource, ObjectRef } from "../../../shared/contract.ts";
import type { ChainMessage, ChainStep, HistoryMessage, JournalWrite } from "../../../shared/journal.ts";
import type { SchedulingExplanation, WhatIfChange } from "../../../shared/scheduling.ts";

const own = { group: "wherry.dev", version: "v1", namespaced: true, shortNames: [], categories: [], subresources: [] };

/** What only Wherry's own cluster serves. */
export const ownResources: ApiResource[] = [
  { ...own, resource: "journal", kind: "JournalEntry", verbs: ["get", "list"] },
  { ...own, resource: "schedulingreviews", kind: "SchedulingReview", verbs: ["create"] },
];

const pod = (name: string): ObjectRef => ({ group: "", version: "v1", resource: "pods", namespace: "default", name });
const users: Record<string, string> = { kubectl: "kubernetes-admin", "kube-scheduler": "system:kube-scheduler", kubelet: "system:node:wherry" };
const userOf = (component: string) => users[component] ?? `system:serviceaccount:kube-system:${component}`;

type Told = Pick<ChainStep, "component" | "verb" | "object" | "kind" | "after" | "depth"> & Partial<ChainStep>;

/** A rollout as a journal tells it. */
function steps(started: number): ChainStep[] {
  const deployment: ObjectRef = { group: "apps", version: "v1", resource: "deployments", namespace: "default", name: "frontend" };
  const replicaSet: ObjectRef = { ...deployment, resource: "replicasets", name: "frontend-6b44c9c94f" };
  const slice: ObjectRef = { group: "discovery.k8s.io", version: "v1", resource: "endpointslices", namespace: "default", name: "frontend-8qhhj" };
  const told: Told[] = [
    {
      component: "kubectl",
      verb: "create",
      object: deployment,
      kind: "Deployment",
      after: 0,
      depth: 0,
      changes: [{ path: "spec.replicas", op: "add", to: 1 }],
    },
    {
      component: "deployment-controller",
      verb: "create",
      object: replicaSet,
      kind: "ReplicaSet",
      after: 18,
      depth: 1,
      cause: { text: "Deployment frontend", revision: 210 },
    },
    {
      component: "replicaset-controller",
      verb: "create",
      object: pod("frontend-6b44c9c94f-xvvxr"),
      kind: "Pod",
      after: 31,
      depth: 2,
      cause: { text: "ReplicaSet frontend-6b44c9c94f", revision: 211 },
    },
    {
      component: "kube-scheduler",
      verb: "update",
      subresource: "binding",
      object: pod("frontend-6b44c9c94f-xvvxr"),
      kind: "Pod",
      after: 42,
      depth: 3,
      cause: { text: "Pod frontend-6b44c9c94f-xvvxr", revision: 212 },
      changes: [{ path: "spec.nodeName", op: "add", to: "wherry" }],
    },
    {
      component: "kube-scheduler",
      verb: "create",
      reason: "Scheduled",
      object: pod("frontend-6b44c9c94f-xvvxr.18eb"),
      kind: "Event",
      after: 45,
      depth: 3,
      cause: { text: "Pod frontend-6b44c9c94f-xvvxr", revision: 212 },
    },
    {
      component: "kubelet",
      verb: "update",
      subresource: "status",
      object: pod("frontend-6b44c9c94f-xvvxr"),
      kind: "Pod",
      after: 870,
      depth: 4,
      cause: { text: "Pod frontend-6b44c9c94f-xvvxr", revision: 213 },
      changes: [
        { path: "status.phase", from: "Pending", to: "Running" },
        { path: "status.podIP", op: "add", to: "10.244.0.7" },
      ],
    },
    {
      component: "endpointslice-controller",
      verb: "update",
      object: slice,
      kind: "EndpointSlice",
      after: 902,
      depth: 5,
      cause: { text: "Pod frontend-6b44c9c94f-xvvxr", revision: 215 },
      changes: [{ path: "endpoints[frontend-6b44c9c94f-xvvxr].conditions.ready", op: "add", to: true }],
    },
  ];
  return told.map((step, index) => ({ changes: [], user: userOf(step.component), revision: 210 + index, at: started + step.after, ...step }));
}

export const fakeChain = (started: number): ChainMessage => ({ steps: steps(started), truncated: false });

export function fakeHistory(object: ObjectRef, started: number): HistoryMessage {
  const about = (write: JournalWrite): JournalWrite => ({ ...write, object });
  return {
    source: "journal",
    writes: steps(started)
      .filter(({ kind }) => kind === "Pod")
      .map(about)
      .toReversed(),
  };
}

/** A pod that asks for more than any node has; on a node already when `node` is given. */
export function fakeScheduling(node?: string, change: WhatIfChange = {}): SchedulingExplanation {
  const fits = node ?? (change.cpu !== undefined && change.cpu <= 4 ? "wherry" : undefined);
  const scores = [
    { plugin: "NodeResourcesFit", score: 93, weight: 1 },
    { plugin: "TaintToleration", score: 100, weight: 3 },
  ];
  const tainted = { plugin: "TaintToleration", reason: "node(s) had untolerated taint(s)", detail: "gpu=yes:NoSchedule" };
  const small = { plugin: "NodeResourcesFit", reason: "Insufficient cpu", detail: "asks 9 cores, 2.7 of 4 are free" };
  const asks = [
    { reason: small.reason, nodes: 2, next: "Lower the pod's request for cpu, free some on a node, or add a node." },
    { reason: tainted.reason, nodes: 1, next: "Add a toleration to the pod, or remove the taint from the node." },
  ];
  return {
    source: "trace",
    at: Date.now() - 4000,
    attempt: node || fits ? 1 : 3,
    ...(fits ? { node: fits } : { message: "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s)." }),
    nodeCount: 2,
    feasible: fits ? 1 : 0,
    refusals: [],
    reasons: fits ? [] : asks,
    nodes: [
      { name: "wherry", refusals: fits ? [] : [small], scores: fits ? scores : [], ...(fits ? { total: 393 } : {}) },
      { name: "wherry-2", refusals: fits ? [tainted] : [tainted, small], scores: [] },
    ],
  };
}
