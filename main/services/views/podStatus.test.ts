import { describe, expect, it } from "vitest";
import type { ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { podSummary } from "./podStatus.ts";

const container = (name: string, status: Partial<ContainerStatus>): ContainerStatus => ({
  name,
  ready: false,
  restartCount: 0,
  image: "image",
  imageID: "",
  ...status,
});

function pod(status: Pod["status"], change: { init?: string[]; sidecars?: string[]; deleted?: boolean } = {}): Pod {
  const containers = (status?.containerStatuses ?? [{ name: "main" }]).map(({ name }) => ({ name }));
  const initContainers = [
    ...(change.init ?? []).map((name) => ({ name })),
    ...(change.sidecars ?? []).map((name) => ({ name, restartPolicy: "Always" as const })),
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      namespace: "default",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(change.deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { containers, initContainers },
    status,
  } as unknown as Pod;
}

const running = { running: { startedAt: "2026-01-01T00:00:00Z" } };
const cases: [string, Pod, string, string][] = [
  ["a new pod", pod({ phase: "Pending" }), "Pending", "pending"],
  [
    "a gated pod",
    pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] }),
    "SchedulingGated",
    "pending",
  ],
  [
    "creating",
    pod({ phase: "Pending", containerStatuses: [container("a", { state: { waiting: { reason: "ContainerCreating" } } })] }),
    "ContainerCreating",
    "pending",
  ],
  ["running", pod({ phase: "Running", containerStatuses: [container("a", { ready: true, state: running })] }), "Running", "running"],
  ["running, not ready", pod({ phase: "Running", containerStatuses: [container("a", { state: running })] }), "Running", "pending"],
  [
    "a missing image",
    pod({ phase: "Pending", containerStatuses: [container("a", { state: { waiting: { reason: "ImagePullBackOff" } } })] }),
    "ImagePullBackOff",
    "failed",
  ],
  [
    "a crash loop beside a good container",
    pod({
      phase: "Running",
      containerStatuses: [container("a", { ready: true, state: running }), container("b", { state: { waiting: { reason: "CrashLoopBackOff" } } })],
    }),
    "CrashLoopBackOff",
    "failed",
  ],
  [
    "an exit code without a reason",
    pod({ phase: "Failed", containerStatuses: [container("a", { state: { terminated: { exitCode: 3 } } })] }),
    "ExitCode:3",
    "failed",
  ],
  [
    "a signal",
    pod({ phase: "Failed", containerStatuses: [container("a", { state: { terminated: { exitCode: 137, signal: 9 } } })] }),
    "Signal:9",
    "failed",
  ],
  [
    "completed",
    pod({ phase: "Succeeded", containerStatuses: [container("a", { state: { terminated: { exitCode: 0, reason: "Completed" } } })] }),
    "Completed",
    "succeeded",
  ],
  ["evicted", pod({ phase: "Failed", reason: "Evicted" }), "Evicted", "failed"],
  [
    "waiting for the second init container",
    pod(
      {
        phase: "Pending",
        initContainerStatuses: [container("i", { state: { terminated: { exitCode: 0 } } }), container("j", { state: running })],
        containerStatuses: [container("a", { state: { waiting: { reason: "PodInitializing" } } })],
      },
      { init: ["i", "j"] },
    ),
    "Init:1/2",
    "pending",
  ],
  [
    "a failing init container",
    pod({ phase: "Pending", initContainerStatuses: [container("i", { state: { waiting: { reason: "CrashLoopBackOff" } } })] }, { init: ["i"] }),
    "Init:CrashLoopBackOff",
    "failed",
  ],
  [
    "a started sidecar",
    pod(
      {
        phase: "Running",
        initContainerStatuses: [container("s", { started: true, ready: true, state: running })],
        containerStatuses: [container("a", { ready: true, state: running })],
      },
      { sidecars: ["s"] },
    ),
    "Running",
    "running",
  ],
  [
    "deleted",
    pod({ phase: "Running", containerStatuses: [container("a", { ready: true, state: running })] }, { deleted: true }),
    "Terminating",
    "terminating",
  ],
  ["deleted on a lost node", pod({ phase: "Running", reason: "NodeLost" }, { deleted: true }), "Unknown", "unknown"],
];

describe("podSummary", () => {
  it.each(cases)("prints %s as kubectl does", (_name, given, reason, status) => {
    expect(podSummary(given)).toMatchObject({ reason, status });
  });

  it("counts restarts and says when the last was", () => {
    const ended = { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:00:05Z" } };
    const given = pod({
      phase: "Running",
      containerStatuses: [
        container("a", { ready: true, restartCount: 2, state: running, lastState: ended }),
        container("b", { restartCount: 1, state: running }),
      ],
    });
    expect(podSummary(given)).toMatchObject({ ready: 1, containers: 2, restarts: 3, lastRestartAt: Date.UTC(2026, 0, 1, 0, 0, 5) });
  });
});
