import { describe, expect, test } from "vitest";
import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerStatus, SandboxStatus } from "../../runtime/types.ts";
import { computePodActions, containerHash, hashAnnotation, type ProbeFindings } from "./podActions.ts";

const app: Container = { name: "app", image: "web:1" };
const init: Container = { name: "init", image: "tool:1" };
const sidecar: Container = { name: "side", image: "proxy:1", restartPolicy: "Always" };
const podOf = (spec: Partial<Pod["spec"]> = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "d", uid: "u" },
    spec: { restartPolicy: "Always", containers: [app], ...spec },
  }) as Pod;
const sandbox = (state: SandboxStatus["state"] = "ready", attempt = 0): SandboxStatus => ({
  id: `s${attempt}`,
  metadata: { name: "p", namespace: "d", uid: "u", attempt },
  node: "n",
  state,
  createdAt: attempt,
  podIP: "10.244.0.2",
  labels: {},
  annotations: {},
});
const made = (container: Container, state: ContainerStatus["state"], exitCode = 0, image = container.image!): ContainerStatus => ({
  id: `c-${container.name}`,
  sandboxId: "s0",
  metadata: { name: container.name, attempt: 0 },
  state,
  createdAt: 0,
  exitCode,
  image,
  imageId: "sha256:1",
  labels: {},
  annotations: { [hashAnnotation]: containerHash({ ...container, image }) },
});
const healthy: ProbeFindings = { livenessFailed: () => false, startupFailed: () => false, hasStarted: () => true };

function summary(pod: Pod, sandboxes: SandboxStatus[], containers: ContainerStatus[], probes: Partial<ProbeFindings> = {}) {
  const { killPod, createSandbox, attempt, kill, startInit, start } = computePodActions(pod, { sandboxes, containers }, { ...healthy, ...probes });
  return {
    killPod,
    createSandbox,
    attempt,
    kill: kill.map(({ message }) => message),
    init: startInit.map(({ name }) => name),
    start: start.map(({ name }) => name),
  };
}

const nothing = { killPod: false, createSandbox: false, attempt: 0, kill: [], init: [], start: [] };

describe("a pod without a sandbox gets one", () => {
  test.each<[string, Pod, SandboxStatus[], ContainerStatus[], object]>([
    ["a new pod: and its app starts", podOf(), [], [], { createSandbox: true, killPod: true, start: ["app"] }],
    [
      "with init containers: the first starts",
      podOf({ initContainers: [init, { ...init, name: "second" }] }),
      [],
      [],
      { createSandbox: true, killPod: true, init: ["init"] },
    ],
    [
      "after its sandbox died: of the next attempt",
      podOf(),
      [sandbox("notready")],
      [made(app, "exited", 137)],
      { createSandbox: true, killPod: true, attempt: 1, start: ["app"] },
    ],
    [
      "not under policy Never, once it ran",
      podOf({ restartPolicy: "Never" }),
      [sandbox("notready")],
      [made(app, "exited", 137)],
      { killPod: true, attempt: 1 },
    ],
    [
      "not under OnFailure, when all succeeded",
      podOf({ restartPolicy: "OnFailure" }),
      [sandbox("notready")],
      [made(app, "exited", 0)],
      { killPod: true, attempt: 1 },
    ],
  ])("%s", (_title, pod, sandboxes, containers, expected) => {
    expect(summary(pod, sandboxes, containers)).toEqual({ ...nothing, ...expected });
  });
});

describe("with a sandbox", () => {
  test.each<[string, Pod, ContainerStatus[], object]>([
    ["what runs is left alone", podOf(), [made(app, "running")], {}],
    ["what is missing starts", podOf(), [], { start: ["app"] }],
    ["what ended starts again under Always", podOf(), [made(app, "exited")], { start: ["app"] }],
    ["what failed starts again under OnFailure", podOf({ restartPolicy: "OnFailure" }), [made(app, "exited", 1)], { start: ["app"] }],
    ["what succeeded ends the pod under OnFailure", podOf({ restartPolicy: "OnFailure" }), [made(app, "exited")], { killPod: true }],
    ["what failed ends the pod under Never", podOf({ restartPolicy: "Never" }), [made(app, "exited", 1)], { killPod: true }],
    [
      "another image replaces the container",
      podOf(),
      [made(app, "running", 0, "web:0")],
      { start: ["app"], kill: ["Container app definition changed, will be restarted"] },
    ],
    ["init containers go first", podOf({ initContainers: [init] }), [], { init: ["init"] }],
    ["a running init container is waited for", podOf({ initContainers: [init] }), [made(init, "running")], {}],
    ["after the init container the app starts", podOf({ initContainers: [init] }), [made(init, "exited")], { start: ["app"] }],
    ["a failed init container is repeated", podOf({ initContainers: [init] }), [made(init, "exited", 1)], { init: ["init"] }],
    [
      "a failed init container ends the pod under Never",
      podOf({ initContainers: [init], restartPolicy: "Never" }),
      [made(init, "exited", 1)],
      { killPod: true },
    ],
    ["an init container whose traces are gone is not repeated", podOf({ initContainers: [init] }), [made(app, "running")], {}],
    ["a sidecar starts, and the app waits for it", podOf({ initContainers: [sidecar] }), [], { init: ["side"] }],
    ["beside a running sidecar the app starts", podOf({ initContainers: [sidecar] }), [made(sidecar, "running")], { start: ["app"] }],
    [
      "a sidecar that ended starts again beside the running app",
      podOf({ initContainers: [sidecar] }),
      [made(sidecar, "exited"), made(app, "running")],
      { init: ["side"] },
    ],
  ])("%s", (_title, pod, containers, expected) => {
    expect(summary(pod, [sandbox()], containers)).toEqual({ ...nothing, ...expected });
  });

  test("a failed liveness probe restarts, but not under Never", () => {
    const failed = { livenessFailed: () => true };
    expect(summary(podOf(), [sandbox()], [made(app, "running")], failed)).toMatchObject({
      start: ["app"],
      kill: ["Container app failed liveness probe, will be restarted"],
    });
    expect(summary(podOf({ restartPolicy: "Never" }), [sandbox()], [made(app, "running")], failed)).toMatchObject({
      start: [],
      kill: ["Container app failed liveness probe"],
    });
  });

  test("the app waits until the sidecar's startup probe has succeeded", () => {
    expect(summary(podOf({ initContainers: [sidecar] }), [sandbox()], [made(sidecar, "running")], { hasStarted: () => false })).toEqual(nothing);
  });
});
