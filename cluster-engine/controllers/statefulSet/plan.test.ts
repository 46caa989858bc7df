import { describe, expect, test } from "vitest";
import type { PersistentVolumeClaim, Pod, StatefulSet, StatefulSetSpec } from "../../../shared/kubernetes/types.ts";
import { retention } from "./claims.ts";
import { planStatefulSet, revisionFor } from "./plan.ts";

const now = Date.UTC(2026, 0, 1);

const setOf = (spec: Partial<StatefulSetSpec>): StatefulSet =>
  ({
    metadata: { name: "db", namespace: "default", uid: "set" },
    spec: { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } }, ...spec },
  }) as StatefulSet;

/** `2`: ready; `2old`: of an older revision; `2-`: not ready; `2x`: failed; `2!`: on its way out. */
function podOf(text: string): Pod {
  const [, ordinal, marks = ""] = /^(\d+)(.*)$/.exec(text)!;
  const ready = !/[-x]/.test(marks);
  return {
    metadata: {
      name: `db-${ordinal}`,
      uid: `pod-${ordinal}`,
      labels: { "controller-revision-hash": marks.includes("old") ? "old" : "new" },
      ...(marks.includes("!") ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    status: {
      phase: marks.includes("x") ? "Failed" : "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2025-12-31T23:59:50Z" }],
    },
  } as unknown as Pod;
}

test.each<[string, Partial<StatefulSetSpec>, string, string]>([
  ["the first pod", {}, "", "+0"],
  ["the next once the one before is ready", {}, "0", "+1"],
  ["nothing while one is not ready", {}, "0-", ""],
  ["nothing while one is on its way out", {}, "0! 1", ""],
  ["all at once", { podManagementPolicy: "Parallel" }, "1-", "+0 +2"],
  ["a failed pod goes first", {}, "0x 1", "-0"],
  ["ordinals begin elsewhere", { ordinals: { start: 5 }, replicas: 2 }, "5", "+6"],
  ["pods before the start go", { ordinals: { start: 2 }, replicas: 2 }, "0 1 2 3", "-1"],
  ["ready, but not for long enough", { minReadySeconds: 30 }, "0", ""],
  ["ready for long enough", { minReadySeconds: 10 }, "0", "+1"],
  ["the highest goes first", { replicas: 1 }, "0 1 2", "-2"],
  ["a higher one goes before a broken one", { replicas: 1 }, "0 1- 2", "-2"],
  ["the lowest broken one may go", { replicas: 1 }, "0 1-", "-1"],
  ["all that are too many", { replicas: 1, podManagementPolicy: "Parallel" }, "0 1- 2", "-2 -1"],
  ["an update begins at the top", {}, "0old 1old 2old", "-2"],
  ["one after the other", {}, "0old 1old 2", "-1"],
  ["an update waits for the one before", {}, "0old 1old 2!", ""],
  ["an update stops at a broken pod, in order", {}, "0old 1old 2-", ""],
  ["a broken old pod is replaced, in parallel", { podManagementPolicy: "Parallel" }, "0old 1old 2old-", "-2"],
  ["an update stops at a broken new pod, in parallel", { podManagementPolicy: "Parallel" }, "0old 1old 2-", ""],
  ["no further than the partition", { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } }, "0old 1old 2", ""],
  ["by hand only", { updateStrategy: { type: "OnDelete" } }, "0old 1old 2old", ""],
  ["several at a time", { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } } }, "0old 1old 2old", "-2 -1"],
  [
    "as many as may be down besides those that are",
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } }, podManagementPolicy: "Parallel" },
    "0old 1old 2-",
    "-1",
  ],
  [
    "no share below one",
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%", partition: 1 } } },
    "0old 1old 2old",
    "-2",
  ],
])("%s", (_, spec, pods, expected) => {
  const plan = planStatefulSet({ set: setOf(spec), pods: pods.split(" ").filter(Boolean).map(podOf), updateRevision: "new", now });
  const done = [...plan.create.map((ordinal) => `+${ordinal}`), ...plan.delete.map(({ metadata }) => metadata.name.replace("db", ""))];
  expect(done.join(" ")).toBe(expected);
});

test.each([
  ["below the partition", { type: "RollingUpdate", rollingUpdate: { partition: 2 } }, 1, "old"],
  ["from the partition on", { type: "RollingUpdate", rollingUpdate: { partition: 2 } }, 2, "new"],
  ["by hand", { type: "OnDelete" }, 0, "new"],
] as const)("a new pod's revision %s", (_, updateStrategy, ordinal, revision) => {
  expect(revisionFor(setOf({ updateStrategy }), ordinal, "old", "new")).toBe(revision);
});

describe("the owners of a claim", () => {
  const owner = (kind: string, name: string, uid: string, controller = true) => ({
    apiVersion: kind === "StatefulSet" ? "apps/v1" : "v1",
    kind,
    name,
    uid,
    controller,
    blockOwnerDeletion: true,
  });
  const ofSet = owner("StatefulSet", "db", "set");
  const ofPod = owner("Pod", "db-2", "pod-2");
  const other = owner("Other", "o", "other");

  test.each([
    ["Retain", "Retain", false, [], [], false],
    ["Retain", "Retain", true, [ofSet], [], false],
    ["Delete", "Retain", false, [], [ofSet], false],
    ["Delete", "Retain", true, [], [ofSet], false],
    ["Retain", "Delete", false, [ofPod], [], false],
    ["Retain", "Delete", true, [], [ofPod], false],
    ["Delete", "Delete", false, [ofPod], [ofSet], false],
    ["Delete", "Delete", true, [ofSet], [ofPod], false],
    ["Delete", "Retain", false, [{ ...ofSet, controller: false }], [ofSet], false],
    ["Delete", "Retain", false, [other, ofSet], [other], true],
    ["Retain", "Retain", false, [other], [other], false],
    ["Delete", "Delete", true, [owner("Pod", "db-2", "earlier")], [owner("Pod", "db-2", "earlier")], false],
  ] as const)("deleted: %s, scaled: %s, condemned: %s", (whenDeleted, whenScaled, condemned, present, expected, conflict) => {
    const set = setOf({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
    const claim = { metadata: { name: "data-db-2", ownerReferences: present } } as unknown as PersistentVolumeClaim;
    expect(retention(claim, set, podOf("2"), condemned)).toEqual({ ownerReferences: expected, conflict });
  });
});
