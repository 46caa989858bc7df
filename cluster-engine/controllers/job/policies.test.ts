import { beforeEach, describe, expect, test } from "vitest";
import type { JobSpec } from "../../../shared/kubernetes/types.ts";
import { Pods } from "../../api/resources.ts";
import { jobPod } from "./pods.ts";
import { TestJob } from "./testJob.ts";

let j: TestJob;

beforeEach(async () => {
  j = await TestJob.start();
});

const indexed = (completions: number, more: Partial<JobSpec> = {}): Partial<JobSpec> => ({
  completionMode: "Indexed",
  completions,
  parallelism: completions,
  backoffLimit: 2 ** 31 - 1,
  ...more,
});

const failures = (index: number) => j.at(index).metadata.annotations!["batch.kubernetes.io/job-index-failure-count"];

describe("a backoff limit per index", () => {
  test("counts the failures of each index in its pods' annotations, each with its own backoff", async () => {
    await j.make(indexed(2, { backoffLimitPerIndex: 2 }));
    expect(failures(0)).toBe("0");
    const first = j.at(0);
    await j.finish(first, "Failed", 1);
    expect(j.runningIndexes).toEqual([1]);
    expect(j.cluster.api.get(Pods, first.metadata)!.metadata.finalizers).toHaveLength(1);
    await j.cluster.step(10_000);
    expect(failures(0)).toBe("1");
    expect(j.cluster.api.get(Pods, first.metadata)!.metadata.finalizers).toBeUndefined();
    await j.finish(j.at(1), "Failed", 1);
    await j.finish(j.at(0), "Failed", 1);
    await j.cluster.step(10_000);
    expect(j.runningIndexes).toEqual([1]);
    await j.cluster.step(10_000);
    expect(failures(0)).toBe("2");
    expect(j.job.status).toMatchObject({ failed: 3, failedIndexes: "" });
  });

  test("the Job ends once every index has, as failed when one did", async () => {
    const job = await j.make(indexed(3, { backoffLimitPerIndex: 0 }));
    await j.finish(j.at(1), "Failed", 1);
    expect(j.job.status).toMatchObject({ active: 2, failed: 1, failedIndexes: "1" });
    expect(j.conditions).toEqual([]);
    await j.finish(j.at(0), "Succeeded");
    await j.finish(j.at(2), "Succeeded");
    expect(j.job.status).toMatchObject({ succeeded: 2, failed: 1, completedIndexes: "0,2", failedIndexes: "1" });
    expect(j.conditions).toEqual(["FailureTarget True FailedIndexes", "Failed True FailedIndexes"]);
    expect(j.cluster.eventsOf(job)).toContain("Warning FailedIndexes Job has failed indexes");
  });

  test("too many failed indexes end it at once", async () => {
    await j.make(indexed(4, { backoffLimitPerIndex: 0, maxFailedIndexes: 1 }));
    await j.finish(j.at(0), "Failed", 1);
    expect(j.runningIndexes).toEqual([1, 2, 3]);
    await j.finish(j.at(2), "Failed", 1);
    await j.cluster.finishPods();
    expect(j.conditions).toEqual(["FailureTarget True MaxFailedIndexesExceeded", "Failed True MaxFailedIndexesExceeded"]);
    expect(j.job.status).toMatchObject({ failed: 4, failedIndexes: "0,2" });
    expect(j.job.status!.conditions![0]!.message).toBe("Job has exceeded the specified maximal number of failed indexes");
  });
});

describe("a pod failure policy", () => {
  const disruption = [{ type: "DisruptionTarget" as const, status: "True" as const }];

  test.each<[string, JobSpec["podFailurePolicy"], { exitCode?: number; conditions?: typeof disruption }, number | undefined, string[]]>([
    ["counts what no rule names", { rules: [{ action: "Ignore", onExitCodes: { operator: "In", values: [7] } }] }, { exitCode: 1 }, 1, []],
    ["counts by rule", { rules: [{ action: "Count", onExitCodes: { operator: "NotIn", values: [7] } }] }, { exitCode: 1 }, 1, []],
    ["ignores", { rules: [{ action: "Ignore", onPodConditions: disruption }] }, { exitCode: 143, conditions: disruption }, undefined, []],
    [
      "fails the Job by exit code",
      { rules: [{ action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } }] },
      { exitCode: 42 },
      1,
      ["FailureTarget True PodFailurePolicy", "Failed True PodFailurePolicy"],
    ],
    [
      "fails the Job by condition",
      { rules: [{ action: "FailJob", onPodConditions: disruption }] },
      { exitCode: 1, conditions: disruption },
      1,
      ["FailureTarget True PodFailurePolicy", "Failed True PodFailurePolicy"],
    ],
    [
      "the first rule that matches decides",
      {
        rules: [
          { action: "Ignore", onPodConditions: disruption },
          { action: "FailJob", onExitCodes: { operator: "In", values: [1] } },
        ],
      },
      { exitCode: 1, conditions: disruption },
      undefined,
      [],
    ],
  ])("%s", async (_, podFailurePolicy, { exitCode = 0, conditions }, failed, ended) => {
    await j.make({ podFailurePolicy, podReplacementPolicy: "Failed" });
    await j.finish(j.running[0]!, "Failed", exitCode, conditions);
    expect(j.job.status!.failed).toBe(failed);
    expect(j.conditions).toEqual(ended);
  });

  test("tells which pod failed the Job, and by which rule", async () => {
    await j.make({ podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] } });
    const [pod] = j.running;
    await j.finish(pod!, "Failed", 42);
    const message = `Container main for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 0`;
    expect(j.job.status!.conditions!.map((each) => each.message)).toEqual([message, message]);
  });

  test("fails an index at once", async () => {
    const rule = { action: "FailIndex" as const, onExitCodes: { operator: "In" as const, values: [42] } };
    await j.make(indexed(2, { backoffLimitPerIndex: 5, podFailurePolicy: { rules: [rule] } }));
    await j.finish(j.at(0), "Failed", 42);
    expect(j.job.status).toMatchObject({ failedIndexes: "0", failed: 1 });
    await j.cluster.step(600_000);
    expect(j.runningIndexes).toEqual([1]);
  });

  test("an ignored failure of an index is remembered, but is none", async () => {
    const rule = { action: "Ignore" as const, onExitCodes: { operator: "In" as const, values: [9] } };
    await j.make(indexed(1, { backoffLimitPerIndex: 0, podFailurePolicy: { rules: [rule] } }));
    await j.finish(j.at(0), "Failed", 9);
    await j.cluster.step(10_000);
    expect(j.at(0).metadata.annotations).toMatchObject({
      "batch.kubernetes.io/job-index-failure-count": "0",
      "batch.kubernetes.io/job-index-ignored-failure-count": "1",
    });
    expect(j.job.status).toMatchObject({ failedIndexes: "" });
  });
});

describe("a success policy", () => {
  test.each<[string, JobSpec["successPolicy"], number[], number | undefined]>([
    ["all of the named indexes", { rules: [{ succeededIndexes: "1-2" }] }, [1, 2], 0],
    ["so many of the named indexes", { rules: [{ succeededIndexes: "0-2", succeededCount: 1 }] }, [2], 0],
    ["so many of all", { rules: [{ succeededIndexes: "3" }, { succeededCount: 2 }] }, [0, 1], 1],
    ["not yet", { rules: [{ succeededCount: 3 }] }, [0, 1], undefined],
  ])("%s", async (_, successPolicy, succeed, rule) => {
    await j.make(indexed(4, { successPolicy }));
    await j.cluster.runPods();
    for (const index of succeed) await j.finish(j.at(index), "Succeeded");
    if (rule === undefined) return expect(j.conditions).toEqual([]);
    expect(j.conditions).toEqual(["SuccessCriteriaMet True SuccessPolicy"]);
    expect(j.running).toEqual([]);
    await j.cluster.finishPods();
    expect(j.conditions).toEqual(["SuccessCriteriaMet True SuccessPolicy", "Complete True SuccessPolicy"]);
    expect(j.job.status!.conditions![1]!.message).toBe(`Matched rules at index ${rule}`);
    // Pods that were not needed any more have not failed.
    expect(j.job.status).toMatchObject({ succeeded: succeed.length, terminating: 0 });
    expect(j.job.status!.failed).toBeUndefined();
  });
});

describe("replacement", () => {
  test.each([
    ["TerminatingOrFailed" as const, 1, 1],
    ["Failed" as const, 0, undefined],
  ])("of a pod that is being deleted: %s", async (podReplacementPolicy, running, failed) => {
    await j.make({ podReplacementPolicy });
    const [pod] = j.running;
    await j.cluster.runPods();
    j.cluster.api.change(Pods, pod!.metadata, (draft) => {
      draft.metadata.deletionTimestamp = "2026-01-01T00:00:30Z";
      draft.metadata.deletionGracePeriodSeconds = 30;
    });
    await j.cluster.step(10_000);
    expect(j.running).toHaveLength(running);
    expect(j.job.status!.failed).toBe(failed);
    expect(j.job.status!.terminating).toBe(1);
  });
});

test("a Job that another controller manages is left alone", async () => {
  await j.make({ managedBy: "example.com/queue" });
  expect(j.running).toEqual([]);
  expect(j.job.status).toBeUndefined();
});

test("of two pods at one index the worse goes; one beyond the completions as well", async () => {
  await j.make(indexed(3));
  await j.cluster.runPods({ pods: [j.at(0), j.at(1)] });
  const twin = structuredClone(j.at(0));
  const { uid: _, resourceVersion: __, ...metadata } = { ...twin.metadata, name: "twin" };
  j.cluster.api.put(Pods, { ...twin, status: {}, metadata } as never);
  await j.cluster.settle();
  expect(j.runningIndexes).toEqual([0, 1, 2]);
  expect(j.running.some((pod) => pod.metadata.name === "twin")).toBe(false);
  await j.change((job) => Object.assign(job.spec!, { completions: 2, parallelism: 2 }));
  expect(j.runningIndexes).toEqual([0, 1]);
});

test("long names leave room for the index and the suffix", async () => {
  const job = await j.make(indexed(1));
  const long = { ...job, metadata: { ...job.metadata, name: "x".repeat(63) } };
  expect(jobPod(long, 123).metadata.generateName).toBe(`${"x".repeat(53)}-123-`);
});

test("an adopted pod is held back until it is counted", async () => {
  const job = await j.make({ suspend: true });
  j.cluster.api.put(Pods, {
    metadata: { name: "stray", namespace: "default", labels: job.spec!.selector!.matchLabels },
    spec: { containers: [] },
    status: { phase: "Succeeded" },
  });
  await j.cluster.settle();
  expect(j.job.status).toMatchObject({ succeeded: 1 });
  expect(j.conditions).toContain("Complete True CompletionsReached");
});
