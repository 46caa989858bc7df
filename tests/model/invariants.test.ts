import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import {
  CronJobs,
  DaemonSets,
  Deployments,
  EndpointSlices,
  HorizontalPodAutoscalers,
  Jobs,
  Namespaces,
  Nodes,
  PersistentVolumes,
  PodDisruptionBudgets,
  Pods,
  ReplicaSets,
  ResourceQuotas,
  Services,
  StatefulSets,
} from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { History, nameOf } from "./history.ts";
import type { Invariant, View } from "./invariant.ts";
import { budgetKept, budgetRest } from "./invariants/budgets.ts";
import { daemonAvailability, daemonSetRest, oneDaemonANode } from "./invariants/daemonSets.ts";
import { availability, deploymentRest, replicaCount, replicaSetRest, surge } from "./invariants/deployments.ts";
import { concurrency, cronJobRest, jobCounts, jobParallelism, jobRest, jobVerdict, nothingLost } from "./invariants/jobs.ts";
import { autoscalerBounds, autoscalerRest, quotaKept, quotaRest } from "./invariants/limits.ts";
import { nothingRunsUnseen } from "./invariants/machines.ts";
import { namespacesGo, noOrphans, volumesGo } from "./invariants/ownership.ts";
import { capacity, schedulable } from "./invariants/scheduling.ts";
import { addressesUnique, endpointsRest } from "./invariants/services.ts";
import { plays } from "./plays.ts";
import { orderedStart, orderedStop, ordinalsWithinBounds, statefulSetRest } from "./invariants/statefulSets.ts";

// Each promise of the model can be broken: a short history that breaks it, and the same history as it should be.

/** A history under construction; what it answers is what the invariant says of the last step. */
class Story implements View {
  now = 0;
  readonly wall = Date.UTC(2026, 0, 1);
  readonly staleness = 100;
  readonly history = new History(() => this.now);
  volumes = new Set<string>();
  running = false;
  verdict: string[] = [];
  readonly #invariant: Invariant;

  constructor(invariant: Invariant) {
    this.#invariant = invariant;
  }

  isDisturbed = () => false;
  runs = () => this.running;

  put(type: ResourceType, object: { metadata: Partial<KubeObject["metadata"]> }, more: { deleted?: boolean; touched?: boolean } = {}): this {
    this.now += 1000;
    const { name = "", namespace = type.namespaced ? "model" : undefined } = object.metadata;
    const metadata = { generation: 1, ...object.metadata, uid: `uid-${name}`, ...(namespace ? { namespace } : {}) };
    const previous = this.history.get(type, { name, ...(namespace ? { namespace } : {}) });
    const whole = { kind: type.kind, ...object, metadata: { ...metadata, resourceVersion: String(this.now) } } as KubeObject;
    const change = { resource: nameOf(type), object: whole, ...(previous ? { previous } : {}), deleted: false, at: this.now, ...more };
    this.history.put(change);
    const said = this.#invariant.onChange?.(change, this);
    if (said) this.verdict.push(said);
    return this;
  }

  rest(): string[] {
    return this.#invariant.settled?.(this) ?? this.verdict;
  }
}

const labels = { app: "web" };
const owned = (kind: string, name: string) => [{ apiVersion: "v1", kind, name, uid: `uid-${name}`, controller: true }];
const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "web:1" }] } };
const ready = { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2025-12-31T00:00:00Z" }] };
const gone = { deletionTimestamp: "2026-01-01T00:00:00Z" };

const pod = (name: string, owner: string, kind: string, metadata: object = {}, more: object = {}): never =>
  ({ metadata: { name, labels, ownerReferences: owned(kind, owner), ...metadata }, spec: template.spec, status: ready, ...more }) as never;

const deployment = (replicas: number, rollingUpdate: object = { maxSurge: 1, maxUnavailable: 1 }, status: object = {}): never =>
  ({ metadata: { name: "web", labels }, spec: { replicas, strategy: { rollingUpdate }, template }, status }) as never;

const replicaSet = (name: string, replicas: number, status: object = {}): never =>
  ({ metadata: { name, labels, ownerReferences: owned("Deployment", "web") }, spec: { replicas, template }, status }) as never;

const statefulSet = (replicas: number, more: object = {}, status: object = {}): never =>
  ({ metadata: { name: "web", labels }, spec: { replicas, template, ...more }, status }) as never;

const daemonSet = (more: object = {}, status: object = {}): never =>
  ({ metadata: { name: "web", labels }, spec: { template, ...more }, status }) as never;

const job = (spec: object, status: object = {}): never => ({ metadata: { name: "sums", labels }, spec: { template, ...spec }, status }) as never;

const on = (node: string): object => ({ spec: { ...template.spec, nodeName: node } });
const wanting = (cpu: string, nodeName: string | undefined): object => ({
  spec: { ...(nodeName ? { nodeName } : {}), containers: [{ name: "main", image: "web:1", resources: { requests: { cpu } } }] },
});
const tracked = { finalizers: ["batch.kubernetes.io/job-tracking"] };
const done = { status: { phase: "Succeeded" } };
const over = (type: string): object => ({ conditions: [{ type, status: "True" }] });

interface Case {
  invariant: Invariant;
  /** The history up to the step that matters. */
  before: (story: Story) => Story;
  broken: (story: Story) => Story;
  kept: (story: Story) => Story;
}

const cases: Case[] = [
  {
    invariant: surge,
    before: (story) => story.put(Deployments, deployment(2)).put(ReplicaSets, replicaSet("old", 2)),
    broken: (story) => story.put(ReplicaSets, replicaSet("new", 2)),
    kept: (story) => story.put(ReplicaSets, replicaSet("new", 1)),
  },
  {
    invariant: replicaCount,
    before: (story) => story.put(ReplicaSets, replicaSet("rs", 1)).put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(Pods, pod("b", "rs", "ReplicaSet")),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", gone)).put(Pods, pod("b", "rs", "ReplicaSet")),
  },
  {
    invariant: availability,
    before: (story) =>
      story
        .put(Deployments, deployment(2))
        .put(ReplicaSets, replicaSet("rs", 2))
        .put(Pods, pod("a", "rs", "ReplicaSet"))
        .put(Pods, pod("b", "rs", "ReplicaSet")),
    broken: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", gone)).put(Pods, pod("b", "rs", "ReplicaSet", gone)),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", gone)),
  },
  {
    invariant: deploymentRest,
    before: (story) => story.put(ReplicaSets, replicaSet("rs", 1)).put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(Deployments, deployment(1, {}, { observedGeneration: 0 })),
    kept: (story) =>
      story.put(
        Deployments,
        deployment(
          1,
          {},
          {
            observedGeneration: 1,
            replicas: 1,
            updatedReplicas: 1,
            readyReplicas: 1,
            availableReplicas: 1,
            conditions: [
              { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
              { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
            ],
          },
        ),
      ),
  },
  {
    invariant: replicaSetRest,
    before: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(ReplicaSets, replicaSet("rs", 2, { observedGeneration: 1, replicas: 1 })),
    kept: (story) => story.put(ReplicaSets, replicaSet("rs", 1, { observedGeneration: 1, replicas: 1 })),
  },
  {
    invariant: noOrphans,
    before: (story) => story,
    broken: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    kept: (story) => story.put(ReplicaSets, { metadata: { name: "rs" } }).put(Pods, pod("a", "rs", "ReplicaSet")),
  },
  {
    invariant: namespacesGo,
    before: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story,
    kept: (story) => story.put(Namespaces, { metadata: { name: "model" } }),
  },
  {
    invariant: volumesGo,
    before: (story) => story,
    broken: (story) => story.put(PersistentVolumes, { metadata: { name: "v" }, spec: { claimRef: { uid: "gone" } } } as never),
    kept: (story) => story.put(PersistentVolumes, { metadata: { name: "v" }, spec: {} } as never),
  },
  {
    invariant: nothingRunsUnseen,
    before: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => Object.assign(story, { running: true }).put(Pods, pod("a", "rs", "ReplicaSet"), { deleted: true }),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet"), { deleted: true }),
  },
  {
    invariant: schedulable,
    before: (story) =>
      story
        .put(Nodes, { metadata: { name: "n1" }, spec: { unschedulable: true } } as never)
        .put(Nodes, { metadata: { name: "n2" } })
        .put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", {}, on("n1"))),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", {}, on("n2"))),
  },
  {
    invariant: capacity,
    before: (story) => {
      for (const name of ["a", "b"]) story.put(Pods, pod(name, "rs", "ReplicaSet", {}, wanting("2", undefined)));
      for (const name of ["n1", "n2"]) story.put(Nodes, { metadata: { name }, status: { allocatable: { cpu: "3" } } } as never);
      return story.put(Pods, pod("a", "rs", "ReplicaSet", {}, wanting("2", "n1")));
    },
    broken: (story) => story.put(Pods, pod("b", "rs", "ReplicaSet", {}, wanting("2", "n1"))),
    kept: (story) => story.put(Pods, pod("b", "rs", "ReplicaSet", {}, wanting("2", "n2"))),
  },
  {
    invariant: ordinalsWithinBounds,
    before: (story) => story.put(StatefulSets, statefulSet(2)),
    broken: (story) => story.put(Pods, pod("web-2", "web", "StatefulSet")),
    kept: (story) => story.put(Pods, pod("web-1", "web", "StatefulSet")),
  },
  {
    invariant: orderedStart,
    before: (story) => story.put(StatefulSets, statefulSet(2)),
    broken: (story) => story.put(Pods, pod("web-0", "web", "StatefulSet", {}, { status: {} })).put(Pods, pod("web-1", "web", "StatefulSet")),
    kept: (story) => story.put(Pods, pod("web-0", "web", "StatefulSet")).put(Pods, pod("web-1", "web", "StatefulSet")),
  },
  {
    invariant: orderedStop,
    before: (story) =>
      story
        .put(StatefulSets, statefulSet(0))
        .put(Pods, pod("web-0", "web", "StatefulSet"))
        .put(Pods, pod("web-1", "web", "StatefulSet")),
    broken: (story) => story.put(Pods, pod("web-0", "web", "StatefulSet", gone)),
    kept: (story) => story.put(Pods, pod("web-1", "web", "StatefulSet", gone)),
  },
  {
    invariant: statefulSetRest,
    before: (story) => story.put(Pods, pod("web-0", "web", "StatefulSet")),
    broken: (story) => story.put(StatefulSets, statefulSet(2, {}, { observedGeneration: 1, replicas: 2, readyReplicas: 2, availableReplicas: 2 })),
    kept: (story) => story.put(StatefulSets, statefulSet(1, {}, { observedGeneration: 1, replicas: 1, readyReplicas: 1, availableReplicas: 1 })),
  },
  {
    invariant: oneDaemonANode,
    before: (story) => story.put(DaemonSets, daemonSet()).put(Pods, pod("a", "web", "DaemonSet", {}, on("n1"))),
    broken: (story) => story.put(Pods, pod("b", "web", "DaemonSet", {}, on("n1"))),
    kept: (story) => story.put(Pods, pod("b", "web", "DaemonSet", {}, on("n2"))),
  },
  {
    invariant: daemonAvailability,
    before: (story) => {
      for (const name of ["n1", "n2"]) story.put(Nodes, { metadata: { name } }).put(Pods, pod(name, "web", "DaemonSet", {}, on(name)));
      return story.put(DaemonSets, daemonSet());
    },
    broken: (story) => story.put(Pods, pod("n1", "web", "DaemonSet", gone, on("n1"))).put(Pods, pod("n2", "web", "DaemonSet", gone, on("n2"))),
    kept: (story) => story.put(Pods, pod("n1", "web", "DaemonSet", gone, on("n1"))),
  },
  {
    invariant: daemonSetRest,
    before: (story) =>
      story
        .put(Nodes, { metadata: { name: "n1" } })
        .put(DaemonSets, daemonSet({}, { observedGeneration: 1, desiredNumberScheduled: 1, numberAvailable: 1 })),
    broken: (story) => story,
    kept: (story) => story.put(Pods, pod("a", "web", "DaemonSet", {}, on("n1"))),
  },
  {
    invariant: jobCounts,
    before: (story) => story.put(Jobs, job({})).put(Pods, pod("a", "sums", "Job", {}, done)),
    broken: (story) => story.put(Jobs, job({}, { succeeded: 1, uncountedTerminatedPods: { succeeded: ["uid-a"] } })),
    kept: (story) => story.put(Jobs, job({}, { succeeded: 1 })),
  },
  {
    invariant: nothingLost,
    before: (story) => story.put(Pods, pod("a", "sums", "Job", tracked, done)),
    broken: (story) => story.put(Jobs, job({})).put(Pods, pod("a", "sums", "Job", {}, done)),
    kept: (story) => story.put(Jobs, job({}, { uncountedTerminatedPods: { succeeded: ["uid-a"] } })).put(Pods, pod("a", "sums", "Job", {}, done)),
  },
  {
    invariant: jobParallelism,
    before: (story) => story.put(Jobs, job({ parallelism: 1 })).put(Pods, pod("a", "sums", "Job")),
    broken: (story) => story.put(Pods, pod("b", "sums", "Job")),
    kept: (story) => story.put(Pods, pod("a", "sums", "Job", {}, done)).put(Pods, pod("b", "sums", "Job")),
  },
  {
    invariant: jobVerdict,
    before: (story) => story.put(Jobs, job({}, over("Complete"))),
    broken: (story) => story.put(Jobs, job({}, over("Failed"))),
    kept: (story) => story.put(Jobs, job({}, over("Complete"))),
  },
  {
    invariant: jobRest,
    before: (story) => story,
    broken: (story) => story.put(Jobs, job({}, { active: 1 })),
    kept: (story) => story.put(Jobs, job({}, over("Complete"))),
  },
  {
    invariant: concurrency,
    before: (story) => {
      story.put(CronJobs, { metadata: { name: "cron" }, spec: { concurrencyPolicy: "Forbid" } } as never);
      return story.put(Jobs, { metadata: { name: "cron-1", ownerReferences: owned("CronJob", "cron") } } as never);
    },
    broken: (story) => story.put(Jobs, { metadata: { name: "cron-2", ownerReferences: owned("CronJob", "cron") } } as never),
    kept: (story) => story,
  },
  {
    invariant: cronJobRest,
    before: (story) => story,
    broken: (story) => story.put(CronJobs, { metadata: { name: "cron" }, status: { active: [{ name: "cron-1" }] } } as never),
    kept: (story) => story.put(CronJobs, { metadata: { name: "cron" } } as never),
  },
  {
    invariant: budgetKept,
    before: (story) => {
      story.put(PodDisruptionBudgets, { metadata: { name: "web" }, spec: { minAvailable: 1, selector: { matchLabels: labels } } } as never);
      return story.put(Deployments, deployment(1)).put(Pods, pod("a", "rs", "ReplicaSet"));
    },
    broken: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", gone), { touched: true }),
    kept: (story) => story.put(Pods, pod("b", "rs", "ReplicaSet")).put(Pods, pod("a", "rs", "ReplicaSet", gone), { touched: true }),
  },
  {
    invariant: budgetRest,
    before: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(PodDisruptionBudgets, budget({ currentHealthy: 1, disruptionsAllowed: 1, observedGeneration: 1 })),
    kept: (story) => story.put(PodDisruptionBudgets, budget({ currentHealthy: 1, disruptionsAllowed: 0, observedGeneration: 1 })),
  },
  {
    invariant: endpointsRest,
    before: (story) =>
      story
        .put(Services, { metadata: { name: "web" }, spec: { selector: labels } } as never)
        .put(EndpointSlices, { metadata: { name: "web-1", labels: { "kubernetes.io/service-name": "web" } }, endpoints: [] } as never),
    broken: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", gone)),
  },
  {
    invariant: addressesUnique,
    before: (story) => story.put(Services, { metadata: { name: "web" }, spec: { clusterIP: "10.96.0.7" } } as never),
    broken: (story) => story.put(Services, { metadata: { name: "api" }, spec: { clusterIP: "10.96.0.7" } } as never),
    kept: (story) => story.put(Services, { metadata: { name: "api" }, spec: { clusterIP: "10.96.0.8" } } as never),
  },
  {
    invariant: quotaKept,
    before: (story) => story.put(ResourceQuotas, quota({ pods: "1" })).put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(Pods, pod("b", "rs", "ReplicaSet")),
    kept: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet", {}, done)).put(Pods, pod("b", "rs", "ReplicaSet")),
  },
  {
    invariant: quotaRest,
    before: (story) => story.put(Pods, pod("a", "rs", "ReplicaSet")),
    broken: (story) => story.put(ResourceQuotas, quota({ pods: "1" }, { pods: "0" })),
    kept: (story) => story.put(ResourceQuotas, quota({ pods: "1" }, { pods: "1" })),
  },
  {
    invariant: autoscalerBounds,
    before: (story) => story.put(HorizontalPodAutoscalers, autoscaler(1, 3)).put(Deployments, deployment(1)),
    broken: (story) => story.put(Deployments, deployment(4)),
    kept: (story) => story.put(Deployments, deployment(3)),
  },
  {
    invariant: autoscalerRest,
    before: (story) => story.put(HorizontalPodAutoscalers, autoscaler(2, 3)),
    broken: (story) => story.put(Deployments, deployment(1)),
    kept: (story) => story.put(Deployments, deployment(2)),
  },
];

function budget(status: object): never {
  return { metadata: { name: "web" }, spec: { minAvailable: 1, selector: { matchLabels: labels } }, status } as never;
}

function quota(hard: object, used: object = {}): never {
  return { metadata: { name: "limits" }, spec: { hard }, status: { hard, used } } as never;
}

function autoscaler(minReplicas: number, maxReplicas: number): never {
  return { metadata: { name: "web" }, spec: { minReplicas, maxReplicas, scaleTargetRef: { kind: "Deployment", name: "web" } } } as never;
}

describe.each(cases)("$invariant.name", ({ invariant, before, broken, kept }) => {
  test("tells when it is broken, and only then", () => {
    expect(broken(before(new Story(invariant))).rest()).not.toEqual([]);
    expect(kept(before(new Story(invariant))).rest()).toEqual([]);
  });
});

test("every promise of the model is among them", () => {
  const promised = new Set(Object.values(plays).flatMap(({ invariants }) => invariants.map(({ name }) => name)));
  expect(new Set(cases.map(({ invariant }) => invariant.name))).toEqual(promised);
});
