import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ContainerStatus, Event, Pod } from "../../../shared/kubernetes/types.ts";
import { type Evidence, whyOf } from "./why.ts";

const none: Evidence = { events: [], pods: [], slices: [] };
const object = (kind: string, rest: object = {}): KubeObject => ({ apiVersion: "v1", kind, metadata: { name: "web", namespace: "default", uid: "u", generation: 1 }, ...rest }) as KubeObject;
const container = (state: ContainerStatus["state"], more: Partial<ContainerStatus> = {}): ContainerStatus => ({ name: "web", image: "web:1", imageID: "", ready: false, restartCount: 0, state, ...more }) as ContainerStatus;
const pod = (phase: string, ...containers: ContainerStatus[]): Pod => object("Pod", { spec: { containers: [{ name: "web", image: "web:1" }] }, status: { phase, containerStatuses: containers } }) as unknown as Pod;
const unscheduled = (message: string): Pod => object("Pod", { spec: { containers: [{ name: "web" }] }, status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", message }] } }) as unknown as Pod;
const event = (type: string, reason: string, message: string, uid = "u"): Event => ({ type, reason, message, involvedObject: { uid } }) as unknown as Event;

const well = pod("Running", container({ running: {} }, { ready: true }));
const pulling = pod("Pending", container({ waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } }));
const slow = pod("Running", container({ running: {} }));

const causes: [string, KubeObject, Partial<Evidence>, RegExp | undefined, RegExp?][] = [
  ["a pod that runs", well as never, {}, undefined],
  ["a pod that has done its work", pod("Succeeded") as never, {}, undefined],
  ["a missing image", pulling as never, {}, /^The image web:1 can't be pulled$/, /name and tag/],
  ["an image that asks for a login", pod("Pending", container({ waiting: { reason: "ErrImagePull", message: "unauthorized: authentication required" } })) as never, {}, /can't be pulled/, /imagePullSecrets/],
  ["a missing key", pod("Pending", container({ waiting: { reason: "CreateContainerConfigError", message: 'configmap "c" not found' } })) as never, {}, /configuration is incomplete/, /ConfigMap or Secret/],
  ["a crash loop", pod("Running", container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 4, lastState: { terminated: { exitCode: 3, reason: "Error" } } as never })) as never, {}, /ends with code 3 again and again/, /previous run/],
  ["out of memory", pod("Running", container({ waiting: { reason: "CrashLoopBackOff" } }, { lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } as never })) as never, {}, /more memory than its limit/, /memory limit/],
  ["a failing probe", slow as never, { events: [event("Warning", "Unhealthy", "Readiness probe failed: HTTP 500")] }, /its probe fails/, /probe's path/],
  ["a volume that can't be mounted", pod("Pending", container({ waiting: { reason: "ContainerCreating" } })) as never, { events: [event("Warning", "FailedMount", "no such secret")] }, /^FailedMount$/],
  ["a container that is still being made", pod("Pending", container({ waiting: { reason: "ContainerCreating" } })) as never, {}, undefined],
  ["too little CPU", unscheduled("0/1 nodes are available: 1 Insufficient cpu.") as never, {}, /No node can take it/, /request for cpu,/],
  ["a taint", unscheduled("1 node(s) had untolerated taint {a: b}") as never, {}, /No node/, /toleration/],
  ["a selector that no node has", unscheduled("1 node(s) didn't match Pod's node affinity/selector") as never, {}, /No node/, /nodeSelector/],
  ["a cordoned node", unscheduled("1 node(s) were unschedulable") as never, {}, /No node/, /Uncordon/],
  ["no node at all", unscheduled("no nodes available to schedule pods") as never, {}, /No node/, /no node yet/],
  ["a Deployment that is complete", object("Deployment", { spec: { replicas: 1 }, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 } }), { pods: [pulling] }, undefined],
  ["a Deployment by its worst pod", object("Deployment", { spec: { replicas: 2 }, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1 } }), { pods: [well, pulling] }, /^1 of 2 ready: The image web:1/],
  ["a Deployment that may not make pods", object("Deployment", { spec: { replicas: 1 }, status: { observedGeneration: 1, conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] } }), {}, /exceeded quota/],
  ["a Service without pods", object("Service", { spec: { selector: { app: "web" } } }), {}, /no pod matches its selector/, /labels/],
  ["a Service with pods that are not ready", object("Service", { spec: { selector: { app: "web" } } }), { pods: [pulling] }, /none of its pods is ready/],
  ["a Service with endpoints", object("Service", { spec: { selector: { app: "web" } } }), { slices: [{ endpoints: [{ addresses: ["1"], conditions: { ready: true } }] } as never] }, undefined],
  ["a Service without a selector", object("Service", { spec: {} }), {}, undefined],
  ["a ready node", object("Node", { status: { conditions: [{ type: "Ready", status: "True" }] } }), {}, undefined],
  ["a node that is gone", object("Node", { status: { conditions: [{ type: "Ready", status: "Unknown", message: "Kubelet stopped posting node status." }] } }), {}, /Ready is Unknown/],
  ["a node without disk", object("Node", { status: { conditions: [{ type: "Ready", status: "True" }, { type: "DiskPressure", status: "True" }] } }), {}, /DiskPressure is True/],
  ["a node that has just come", object("Node", { status: {} }), {}, /has not reported yet/],
  ["a claim without a class", object("PersistentVolumeClaim", { status: { phase: "Pending" } }), { events: [event("Normal", "FailedBinding", "no storage class is set")] }, /The claim is Pending/, /StorageClass/],
  ["a bound claim", object("PersistentVolumeClaim", { status: { phase: "Bound" } }), {}, undefined],
  ["any other kind", object("ConfigMap"), {}, undefined],
];

describe("whyOf", () => {
  it.each(causes)("%s", (_name, given, evidence, cause, next) => {
    const why = whyOf(given, { ...none, ...evidence });
    if (!cause) return expect(why).toBeUndefined();
    expect(why?.cause).toMatch(cause);
    if (next) expect(why?.next).toMatch(next);
    expect(why?.next).toBeTruthy();
  });

  it("brings the evidence: what the kubelet says, then the warnings", () => {
    const events = [event("Warning", "Failed", "Failed to pull image"), event("Normal", "Pulling", "Pulling image"), event("Warning", "Failed", "of another pod", "other")];
    expect(whyOf(pulling as never, { ...none, events })?.evidence).toEqual(["manifest unknown", "Failed to pull image"]);
  });
});
