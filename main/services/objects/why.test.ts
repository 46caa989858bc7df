import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ContainerStatus, Event, Pod } from "../../../shared/kubernetes/types.ts";
import { type Evidence, whyOf } from "./why.ts";

const metadata = { name: "web-1", namespace: "default", uid: "u1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
const none: Evidence = { events: [], pods: [], slices: [] };

const podWith = (container: Partial<ContainerStatus>, status: object = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "web", image: "acme/web:1" }] },
    status: {
      phase: "Pending",
      containerStatuses: [{ name: "web", ready: false, restartCount: 0, image: "", imageID: "", ...container }],
      ...status,
    },
  }) as unknown as Pod;

const unscheduled = (message: string): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "web" }] },
    status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }] },
  }) as unknown as Pod;

const unhealthy = {
  type: "Warning",
  reason: "Unhealthy",
  message: "Readiness probe failed: connection refused",
  involvedObject: { uid: "u1" },
} as Event;
const other = (kind: string, rest: object): KubeObject => ({ apiVersion: "v1", kind, metadata, ...rest }) as KubeObject;
const ended = { terminated: { exitCode: 3, reason: "Error" } };

const cases: [string, KubeObject, Partial<Evidence>, { cause: RegExp; next: RegExp } | undefined][] = [
  ["a pod that runs well", podWith({ ready: true, state: { running: {} } }, { phase: "Running" }), {}, undefined],
  [
    "an image that is not there",
    podWith({ state: { waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } } }),
    {},
    { cause: /acme\/web:1 can't be pulled/, next: /name and tag/ },
  ],
  [
    "a registry that wants a login",
    podWith({ state: { waiting: { reason: "ErrImagePull", message: "no basic auth credentials" } } }),
    {},
    { cause: /can't be pulled/, next: /imagePullSecrets/ },
  ],
  [
    "a crash loop",
    podWith({ state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended, restartCount: 4 }, { phase: "Running" }),
    {},
    { cause: /code 3 again and again/, next: /previous run/ },
  ],
  [
    "too little memory",
    podWith({ state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } }),
    {},
    { cause: /more memory than its limit/, next: /limit/ },
  ],
  [
    "a missing ConfigMap",
    podWith({ state: { waiting: { reason: "CreateContainerConfigError", message: 'configmap "x" not found' } } }),
    {},
    { cause: /configuration/, next: /Create the missing/ },
  ],
  [
    "a probe that fails, after an old crash",
    podWith({ state: { running: {} }, lastState: ended, restartCount: 1 }, { phase: "Running" }),
    { events: [unhealthy] },
    { cause: /probe fails/, next: /probe's path/ },
  ],
  ["too little CPU", unscheduled("0/1 nodes are available: 1 Insufficient cpu."), {}, { cause: /No node/, next: /request for cpu/ }],
  ["a taint", unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint {a: b}."), {}, { cause: /No node/, next: /toleration/ }],
  [
    "a Service whose selector matches nothing",
    other("Service", { spec: { selector: { app: "x" } } }),
    {},
    { cause: /no pod matches/, next: /labels/ },
  ],
  [
    "a Service whose pods are not ready",
    other("Service", { spec: { selector: { app: "x" } } }),
    { pods: [podWith({ state: { running: {} } })] },
    { cause: /none of its pods is ready/, next: /Open one/ },
  ],
  [
    "a node that does not report",
    other("Node", { status: { conditions: [{ type: "Ready", status: "Unknown", message: "Kubelet stopped posting node status." }] } }),
    {},
    { cause: /Ready is Unknown/, next: /engine/ },
  ],
  [
    "a Deployment by its failing pod",
    other("Deployment", { spec: { replicas: 2, template: {} }, status: {} }),
    { pods: [podWith({ state: { waiting: { reason: "ImagePullBackOff" } } })] },
    { cause: /^0 of 2 ready: The image/, next: /name and tag/ },
  ],
];

describe("whyOf", () => {
  it.each(cases)("explains %s", (_name, object, evidence, expected) => {
    const why = whyOf(object, { ...none, ...evidence });
    if (!expected) return expect(why).toBeUndefined();
    expect(why?.cause).toMatch(expected.cause);
    expect(why?.next).toMatch(expected.next);
  });
});
