import { describe, expect, it } from "vitest";
import { replicasOf, summaryOf, type AnyObject } from "./summary.ts";

const metadata = { name: "x" } as never;
const pod = (status: object, extra: object = {}): AnyObject => ({
  kind: "Pod",
  metadata: { name: "x", ...extra } as never,
  spec: { containers: [{ name: "a" }, { name: "b" }] },
  status: status as never,
});
const container = (state: object, ready = false) => ({ name: "a", ready, restartCount: 0, image: "", imageID: "", state });

describe("the status of an object", () => {
  it.each<[string, AnyObject, object]>([
    [
      "a pod with all ready",
      pod({ phase: "Running", containerStatuses: [container({ running: {} }, true), container({ running: {} }, true)] }),
      { status: "running", word: "Running", ready: { value: 2, of: 2 } },
    ],
    [
      "a pod not yet ready",
      pod({ phase: "Running", containerStatuses: [container({ running: {} }, true), container({ running: {} })] }),
      { status: "pending", ready: { value: 1, of: 2 } },
    ],
    [
      "a pod without its image",
      pod({ phase: "Pending", containerStatuses: [container({ waiting: { reason: "ImagePullBackOff" } })] }),
      { status: "failed", word: "ImagePullBackOff" },
    ],
    [
      "a pod being made",
      pod({ phase: "Pending", containerStatuses: [container({ waiting: { reason: "ContainerCreating" } })] }),
      { status: "pending", word: "Pending" },
    ],
    ["a pod being deleted", pod({ phase: "Running" }, { deletionTimestamp: "2026-01-01T00:00:00Z" }), { status: "terminating" }],
    [
      "a Deployment with all",
      { kind: "Deployment", metadata, spec: { replicas: 3 }, status: { readyReplicas: 3 } },
      { status: "running", ready: { value: 3, of: 3 } },
    ],
    ["a Deployment on its way", { kind: "Deployment", metadata, spec: { replicas: 3 }, status: { readyReplicas: 1 } }, { status: "pending" }],
    [
      "a Deployment that failed",
      {
        kind: "Deployment",
        metadata,
        spec: { replicas: 3 },
        status: { conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] },
      },
      { status: "failed", word: "ProgressDeadlineExceeded" },
    ],
    [
      "a cordoned node",
      { kind: "Node", metadata, spec: { unschedulable: true }, status: { conditions: [{ type: "Ready", status: "True" }] } },
      { status: "pending", word: "Ready, SchedulingDisabled" },
    ],
    ["a bound claim", { kind: "PersistentVolumeClaim", metadata, status: { phase: "Bound" } }, { status: "running", word: "Bound" }],
  ])("%s", (_, object, expected) => {
    expect(summaryOf(object)).toMatchObject(expected);
  });

  it("a kind without status has none", () => {
    expect(summaryOf({ kind: "ConfigMap", metadata })).toBeUndefined();
    expect(replicasOf({ kind: "ConfigMap", metadata })).toBeUndefined();
  });
});
