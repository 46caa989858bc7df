import { beforeEach, expect, test } from "vitest";
import { Jobs, Pods } from "../../api/resources.ts";
import type { FakeCluster } from "../fakeCluster.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { indexOf } from "./pods.ts";
import { TestJob } from "./testJob.ts";

let j: TestJob;
let cluster: FakeCluster;

beforeEach(async () => {
  j = await TestJob.start();
  ({ cluster } = j);
});

test("runs as many as parallelism allows until enough have succeeded", async () => {
  const made = await j.make({ completions: 3, parallelism: 2 });
  expect(j.running).toHaveLength(2);
  expect(j.running[0]!.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
  expect(j.job.status).toEqual({ startTime: "2026-01-01T00:00:00Z", active: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  for (let i = 0; i < 3; i++) await j.finish(j.running[0]!, "Succeeded");
  expect(j.running).toEqual([]);
  expect(j.job.status).toMatchObject({ succeeded: 3, completionTime: "2026-01-01T00:00:00Z", uncountedTerminatedPods: {} });
  expect(j.conditions).toEqual(["SuccessCriteriaMet True CompletionsReached", "Complete True CompletionsReached"]);
  expect(cluster.eventsOf(made).at(-1)).toBe("Normal Completed Job completed");
  expect(cluster.api.all(Pods).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
});

test("a failed pod is replaced after a growing backoff, and counted once", async () => {
  await j.make();
  await j.finish(j.running[0]!, "Failed", 1);
  expect(j.job.status).toMatchObject({ failed: 1 });
  expect(j.running).toHaveLength(0);
  await cluster.step(10_000);
  expect(j.running).toHaveLength(1);
  await j.finish(j.running[0]!, "Failed", 1);
  await cluster.step(19_000);
  expect(j.running).toHaveLength(0);
  await cluster.step(1000);
  expect(j.running).toHaveLength(1);
  expect(j.job.status).toMatchObject({ failed: 2 });
});

test("too many failures end it", async () => {
  const made = await j.make({ backoffLimit: 0 });
  await j.finish(j.running[0]!, "Failed", 1);
  expect(j.conditions).toEqual(["FailureTarget True BackoffLimitExceeded", "Failed True BackoffLimitExceeded"]);
  expect(cluster.eventsOf(made)).toContain("Warning BackoffLimitExceeded Job has reached the specified backoff limit");
  await cluster.step(3_600_000);
  expect(j.running).toEqual([]);
});

test("a deadline ends it, once its pods are gone", async () => {
  await j.make({ activeDeadlineSeconds: 60 });
  await cluster.runPods();
  await cluster.step(60_000);
  expect(j.conditions).toEqual(["FailureTarget True DeadlineExceeded"]);
  await cluster.finishPods();
  await cluster.settle();
  expect(j.conditions).toEqual(["FailureTarget True DeadlineExceeded", "Failed True DeadlineExceeded"]);
  expect(j.job.status).toMatchObject({ failed: 1 });
});

test("an indexed Job runs each index once", async () => {
  await j.make({ completionMode: "Indexed", completions: 3, parallelism: 2 });
  expect(j.running.map(indexOf)).toEqual([0, 1]);
  expect(j.running[0]).toMatchObject({
    metadata: { generateName: "j-0-", labels: { "batch.kubernetes.io/job-completion-index": "0" } },
    spec: { hostname: "j-0", containers: [{ env: [{ name: "JOB_COMPLETION_INDEX" }] }] },
  });
  await j.finish(j.running[1]!, "Succeeded");
  expect(j.running.map(indexOf)).toEqual([0, 2]);
  expect(j.job.status).toMatchObject({ succeeded: 1, completedIndexes: "1" });
  for (const pod of j.running) await j.finish(pod, "Succeeded");
  expect(j.job.status).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
  expect(j.conditions).toContain("Complete True CompletionsReached");
});

test("suspending removes the pods, resuming starts anew", async () => {
  const made = await j.make({ suspend: true });
  expect(j.running).toEqual([]);
  expect(j.job.status).toEqual({
    conditions: [expect.objectContaining({ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" })],
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
  const suspend = (value: boolean) => j.change((job) => (job.spec!.suspend = value));
  await suspend(false);
  expect(j.running).toHaveLength(1);
  expect(j.conditions).toEqual(["Suspended False JobResumed"]);
  await suspend(true);
  expect(j.running).toEqual([]);
  expect(j.job.status!.failed).toBeUndefined();
  expect(cluster.eventsOf(made)).toContain("Normal Resumed Job resumed");
});

test("pods of a Job that is gone are let go", async () => {
  await j.make();
  expect(j.running[0]!.metadata.finalizers).toHaveLength(1);
  cluster.api.remove(Jobs, "default/j");
  await cluster.settle();
  expect(j.running[0]!.metadata.finalizers).toBeUndefined();
});

test("a finished Job is deleted after its time to live", async () => {
  await j.make({ ttlSecondsAfterFinished: 30 });
  await j.finish(j.running[0]!, "Succeeded");
  await cluster.step(29_000);
  expect(j.job.metadata.deletionTimestamp).toBeUndefined();
  await cluster.step(1000);
  expect(j.job.metadata.deletionTimestamp).toBeDefined();
});

test.each([
  ["", []],
  ["3", [3]],
  ["0,1", [0, 1]],
  ["0-2,5,7-9", [0, 1, 2, 5, 7, 8, 9]],
])("indexes %j", (text, indexes) => {
  expect(formatIndexes(indexes)).toBe(text);
  expect([...parseIndexes(text, 10)]).toEqual(indexes);
});
