import { beforeEach, expect, test } from "vitest";
import type { ReplicaSet } from "../../../shared/kubernetes/types.ts";
import { Pods, ReplicaSets, ReplicationControllers } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { replicaSetController, replicationController } from "./controller.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(replicaSetController, replicationController);
});

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "web" }] } };

async function makeReplicaSet(replicas: number, more: Partial<ReplicaSet["spec"]> = {}): Promise<ReplicaSet> {
  const made = cluster.api.put(ReplicaSets, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template, ...more },
  });
  await cluster.settle();
  return made;
}

const pods = () => cluster.api.all(Pods);
const status = () => cluster.api.must(ReplicaSets, "default/web").status;
const scale = async (replicas: number) => {
  cluster.api.change(ReplicaSets, "default/web", (draft) => (draft.spec.replicas = replicas));
  await cluster.settle();
};

test("makes as many pods as asked for, owned and labelled", async () => {
  const owner = await makeReplicaSet(3);
  expect(pods()).toHaveLength(3);
  expect(pods()[0]).toMatchObject({
    metadata: {
      generateName: "web-",
      labels,
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: owner.metadata.uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template.spec,
  });
  expect(status()).toEqual({ replicas: 3, fullyLabeledReplicas: 3, terminatingReplicas: 0, observedGeneration: 1 });
  expect(cluster.eventsOf(owner)).toEqual(pods().map((pod) => `Normal SuccessfulCreate Created pod: ${pod.metadata.name}`));
});

test("counts ready pods, and available ones only after minReadySeconds", async () => {
  await makeReplicaSet(2, { minReadySeconds: 10 });
  await cluster.runPods();
  expect(status()).toMatchObject({ readyReplicas: 2 });
  expect(status()).not.toHaveProperty("availableReplicas");
  await cluster.step(10_000);
  expect(status()).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
});

test("replaces a pod that fails or is deleted", async () => {
  await makeReplicaSet(2);
  await cluster.runPods();
  cluster.api.change(Pods, pods()[0]!.metadata, (draft) => (draft.status!.phase = "Failed"));
  cluster.api.remove(Pods, pods()[1]!.metadata);
  await cluster.settle();
  expect(pods().filter((pod) => pod.status?.phase !== "Failed")).toHaveLength(2);
});

test("scales down by the unready pods first", async () => {
  const owner = await makeReplicaSet(3);
  const [first] = pods();
  await cluster.runPods({ pods: pods().slice(1) });
  await scale(2);
  expect(pods().map((pod) => pod.metadata.name)).not.toContain(first!.metadata.name);
  expect(cluster.eventsOf(owner)).toContain(`Normal SuccessfulDelete Deleted pod: ${first!.metadata.name}`);
});

test("a pod that terminates is counted as such until it is gone", async () => {
  await makeReplicaSet(1);
  await cluster.runPods();
  await scale(0);
  expect(status()).toEqual({ replicas: 0, terminatingReplicas: 1, observedGeneration: 2 });
  await cluster.finishPods();
  expect(status()).toEqual({ replicas: 0, terminatingReplicas: 0, observedGeneration: 2 });
});

test("adopts a matching pod that nobody owns, and releases one that matches no more", async () => {
  cluster.api.put(Pods, { metadata: { name: "stray", namespace: "default", labels }, spec: template.spec });
  const owner = await makeReplicaSet(2);
  expect(cluster.api.must(Pods, "default/stray").metadata.ownerReferences?.[0]?.uid).toBe(owner.metadata.uid);
  expect(pods()).toHaveLength(2);
  cluster.api.change(Pods, "default/stray", (draft) => (draft.metadata.labels = { app: "debug" }));
  await cluster.settle();
  expect(cluster.api.must(Pods, "default/stray").metadata.ownerReferences ?? []).toEqual([]);
  expect(pods()).toHaveLength(3);
});

test("says why pods can't be made, tries again, and takes it back when it works", async () => {
  const refusal = new StatusError(403, "Forbidden", 'pods "web-" is forbidden: exceeded quota');
  cluster.api.fail("POST", "/pods", refusal, 3);
  const owner = await makeReplicaSet(5);
  expect(status()?.conditions).toEqual([
    { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refusal.message, lastTransitionTime: "2026-01-01T00:00:00Z" },
  ]);
  expect(cluster.eventsOf(owner)).toEqual([`Warning FailedCreate Error creating: ${refusal.message}`]);
  // One refusal ends a run: of five missing pods two were tried, in the first run and in the one that the status woke.
  expect(cluster.api.writes.filter((write) => write === "POST /api/v1/namespaces/default/pods")).toHaveLength(2);
  await cluster.step(1000);
  expect(pods()).toHaveLength(5);
  expect(status()).not.toHaveProperty("conditions");
});

test("one that is being deleted makes no pods", async () => {
  await makeReplicaSet(2);
  cluster.api.change(ReplicaSets, "default/web", (draft) => {
    draft.metadata.finalizers = ["foregroundDeletion"];
    draft.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
  });
  cluster.api.remove(Pods, pods()[0]!.metadata);
  await cluster.settle();
  expect(pods()).toHaveLength(1);
});

test("a ReplicationController does the same by its map of labels", async () => {
  cluster.api.put(ReplicationControllers, { metadata: { name: "old", namespace: "default" }, spec: { replicas: 2, selector: labels, template } });
  await cluster.settle();
  await cluster.runPods();
  expect(cluster.api.must(ReplicationControllers, "default/old").status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
});
