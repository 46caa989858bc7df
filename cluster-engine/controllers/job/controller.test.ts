import { beforeEach, expect, test } from "vitest";
import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs, Pods } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { jobController } from "./controller.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { indexOf } from "./pods.ts";
import { ttlAfterFinishedController } from "./ttl.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(jobController, ttlAfterFinishedController);
});

async function makeJob(spec: Partial<NonNullable<Job["spec"]>> = {}): Promise<Job> {
  const labels = { "batch.kubernetes.io/job-name": "j" };
  const template = { metadata: { labels }, spec: { restartPolicy: "Never" as const, containers: [{ name: "main" }] } };
  const made = cluster.api.put(Jobs, {
    metadata: { name: "j", namespace: "default" },
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, selector: { matchLabels: labels }, template, ...spec },
  });
  await cluster.settle();
  return made;
}

const job = () => cluster.api.get(Jobs, "default/j");
const conditions = () => job()!.status!.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const running = () =>
  cluster.api.all(Pods).filter((pod) => pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed" && !pod.metadata.deletionTimestamp);

async function finish(pod: Pod, phase: "Succeeded" | "Failed", exitCode = 0): Promise<void> {
  cluster.api.change(Pods, pod.metadata, (draft) => {
    draft.status = {
      phase,
      containerStatuses: [{ name: "main", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated: { exitCode } } }],
    };
  });
  await cluster.settle();
}

test("runs as many as parallelism allows until enough have succeeded", async () => {
  const made = await makeJob({ completions: 3, parallelism: 2 });
  expect(running()).toHaveLength(2);
  expect(running()[0]!.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
  expect(job()!.status).toEqual({ startTime: "2026-01-01T00:00:00Z", active: 2, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  for (let i = 0; i < 3; i++) await finish(running()[0]!, "Succeeded");
  expect(running()).toEqual([]);
  expect(job()!.status).toMatchObject({ succeeded: 3, completionTime: "2026-01-01T00:00:00Z", uncountedTerminatedPods: {} });
  expect(conditions()).toEqual(["SuccessCriteriaMet True CompletionsReached", "Complete True CompletionsReached"]);
  expect(cluster.eventsOf(made).at(-1)).toBe("Normal Completed Job completed");
  expect(cluster.api.all(Pods).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
});

test("a failed pod is replaced after a growing backoff, and counted once", async () => {
  await makeJob();
  await finish(running()[0]!, "Failed", 1);
  expect(job()!.status).toMatchObject({ failed: 1 });
  expect(running()).toHaveLength(0);
  await cluster.step(10_000);
  expect(running()).toHaveLength(1);
  await finish(running()[0]!, "Failed", 1);
  await cluster.step(19_000);
  expect(running()).toHaveLength(0);
  await cluster.step(1000);
  expect(running()).toHaveLength(1);
  expect(job()!.status).toMatchObject({ failed: 2 });
});

test("too many failures end it", async () => {
  const made = await makeJob({ backoffLimit: 0 });
  await finish(running()[0]!, "Failed", 1);
  expect(conditions()).toEqual(["FailureTarget True BackoffLimitExceeded", "Failed True BackoffLimitExceeded"]);
  expect(cluster.eventsOf(made)).toContain("Warning BackoffLimitExceeded Job has reached the specified backoff limit");
  await cluster.step(3_600_000);
  expect(running()).toEqual([]);
});

test("a deadline ends it, once its pods are gone", async () => {
  await makeJob({ activeDeadlineSeconds: 60 });
  await cluster.runPods();
  await cluster.step(60_000);
  expect(conditions()).toEqual(["FailureTarget True DeadlineExceeded"]);
  await cluster.finishPods();
  await cluster.settle();
  expect(conditions()).toEqual(["FailureTarget True DeadlineExceeded", "Failed True DeadlineExceeded"]);
  expect(job()!.status).toMatchObject({ failed: 1 });
});

test("an indexed Job runs each index once", async () => {
  await makeJob({ completionMode: "Indexed", completions: 3, parallelism: 2 });
  expect(running().map(indexOf)).toEqual([0, 1]);
  expect(running()[0]).toMatchObject({
    metadata: { generateName: "j-0-", labels: { "batch.kubernetes.io/job-completion-index": "0" } },
    spec: { hostname: "j-0", containers: [{ env: [{ name: "JOB_COMPLETION_INDEX" }] }] },
  });
  await finish(running()[1]!, "Succeeded");
  expect(running().map(indexOf)).toEqual([0, 2]);
  expect(job()!.status).toMatchObject({ succeeded: 1, completedIndexes: "1" });
  for (const pod of running()) await finish(pod, "Succeeded");
  expect(job()!.status).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
  expect(conditions()).toContain("Complete True CompletionsReached");
});

test("suspending removes the pods, resuming starts anew", async () => {
  const made = await makeJob({ suspend: true });
  expect(running()).toEqual([]);
  expect(job()!.status).toEqual({
    conditions: [expect.objectContaining({ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" })],
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
  });
  const suspend = async (value: boolean) => {
    cluster.api.change(Jobs, "default/j", (draft) => (draft.spec!.suspend = value));
    await cluster.settle();
  };
  await suspend(false);
  expect(running()).toHaveLength(1);
  expect(conditions()).toEqual(["Suspended False JobResumed"]);
  await suspend(true);
  expect(running()).toEqual([]);
  expect(job()!.status!.failed).toBeUndefined();
  expect(cluster.eventsOf(made)).toContain("Normal Resumed Job resumed");
});

test.each([
  ["FailJob", ["FailureTarget True PodFailurePolicy", "Failed True PodFailurePolicy"], 1],
  ["Ignore", undefined, undefined],
] as const)("a pod failure policy may %s", async (action, ended, failed) => {
  await makeJob({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: "In", values: [42] } }] } });
  await finish(running()[0]!, "Failed", 42);
  expect(conditions()).toEqual(ended);
  expect(job()!.status!.failed).toBe(failed);
});

test("pods of a Job that is gone are let go", async () => {
  await makeJob();
  expect(running()[0]!.metadata.finalizers).toHaveLength(1);
  cluster.api.remove(Jobs, "default/j");
  await cluster.settle();
  expect(running()[0]!.metadata.finalizers).toBeUndefined();
});

test("a finished Job is deleted after its time to live", async () => {
  await makeJob({ ttlSecondsAfterFinished: 30 });
  await finish(running()[0]!, "Succeeded");
  await cluster.step(29_000);
  expect(job()!.metadata.deletionTimestamp).toBeUndefined();
  await cluster.step(1000);
  expect(job()!.metadata.deletionTimestamp).toBeDefined();
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
