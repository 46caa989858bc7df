import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { readinessOf } from "./readiness.ts";

const object = (kind: string, rest: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind, metadata: { name: "web", namespace: "default", generation: 1 }, ...rest }) as KubeObject;
const pod = (status: object, rest: object = {}): Pod => object("Pod", { spec: { containers: [{ name: "web" }] }, status, ...rest }) as unknown as Pod;

const runningPod = pod({ phase: "Running", containerStatuses: [{ name: "web", ready: true, restartCount: 0, state: { running: {} } }] });
const startingPod = pod({ phase: "Running", containerStatuses: [{ name: "web", ready: false, restartCount: 0, state: { running: {} } }] });
const pullingPod = pod({
  phase: "Pending",
  containerStatuses: [{ name: "web", ready: false, restartCount: 0, state: { waiting: { reason: "ErrImagePull", message: "manifest unknown" } } }],
});
const unscheduledPod = pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }] });

const deployment = (status: object, spec: object = {}): KubeObject =>
  object("Deployment", { spec: { replicas: 2, ...spec }, status: { observedGeneration: 1, ...status } });
const complete = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const behind = { replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1 };

const cases: [string, KubeObject, Pod[], object][] = [
  ["a ConfigMap, at once", object("ConfigMap"), [], { state: "ready" }],
  ["a Service, at once", object("Service", { spec: {} }), [], { state: "ready" }],
  ["a running pod", runningPod as never, [], { state: "ready" }],
  ["a pod that has done its work", pod({ phase: "Succeeded" }) as never, [], { state: "ready" }],
  ["a pod that is not ready yet", startingPod as never, [], { state: "applied", message: "Running" }],
  ["a pod whose image is missing", pullingPod as never, [], { state: "failed", message: "ErrImagePull: manifest unknown" }],
  ["a pod that no node takes: a node may come", unscheduledPod as never, [], { state: "applied", message: "Pending: 0/1 nodes are available" }],
  ["a complete Deployment", deployment(complete), [runningPod], { state: "ready" }],
  [
    "a Deployment that its controller has not seen",
    deployment({ ...complete, observedGeneration: 0 }),
    [],
    { state: "applied", message: "Waiting for the controller" },
  ],
  ["a Deployment that waits for a pod", deployment(behind), [runningPod, startingPod], { state: "applied", message: "Running" }],
  ["a Deployment without pods yet", deployment({}), [], { state: "applied", message: "0 of 2 updated" }],
  [
    "a Deployment whose image is missing",
    deployment(behind),
    [startingPod, pullingPod],
    { state: "failed", message: "ErrImagePull: manifest unknown" },
  ],
  [
    "a Deployment past its deadline",
    deployment({ ...behind, conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "too slow" }] }),
    [],
    { state: "failed", message: "too slow" },
  ],
  [
    "a Deployment that may not make pods",
    deployment({ conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] }),
    [],
    { state: "failed", message: "exceeded quota" },
  ],
  ["a Deployment scaled to nothing", object("Deployment", { spec: { replicas: 0 }, status: { observedGeneration: 1 } }), [], { state: "ready" }],
  ["a Job that runs", object("Job", { spec: {}, status: { active: 1 } }), [], { state: "ready" }],
  [
    "a Job that failed",
    object("Job", { spec: {}, status: { conditions: [{ type: "Failed", status: "True", message: "backoff limit" }] } }),
    [],
    { state: "failed", message: "backoff limit" },
  ],
  ["a claim that waits for its first pod", object("PersistentVolumeClaim", { status: { phase: "Pending" } }), [], { state: "ready" }],
  [
    "a claim whose volume is lost",
    object("PersistentVolumeClaim", { status: { phase: "Lost" } }),
    [],
    { state: "failed", message: "its volume is lost" },
  ],
  ["a definition that is new", object("CustomResourceDefinition", { status: {} }), [], { state: "applied", message: "Waiting to be established" }],
  [
    "a definition in force",
    object("CustomResourceDefinition", { status: { conditions: [{ type: "Established", status: "True" }] } }),
    [],
    { state: "ready" },
  ],
];

describe("readinessOf", () => {
  it.each(cases)("%s", (_name, given, pods, readiness) => {
    expect(readinessOf(given, pods)).toEqual(readiness);
  });
});
