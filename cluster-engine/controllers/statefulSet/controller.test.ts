import { beforeEach, expect, test } from "vitest";
import type { StatefulSet } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { statefulSetController } from "./controller.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(statefulSetController);
});

const labels = { app: "db" };

async function makeSet(spec: Partial<StatefulSet["spec"]> = {}): Promise<StatefulSet> {
  const template = { metadata: { labels }, spec: { containers: [{ name: "db", image: "db:1" }] } };
  const made = cluster.api.put(StatefulSets, {
    metadata: { name: "db", namespace: "default" },
    spec: {
      replicas: 3,
      serviceName: "dbs",
      selector: { matchLabels: labels },
      template,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      ...spec,
    },
  });
  await cluster.settle();
  return made;
}

const set = () => cluster.api.must(StatefulSets, "default/db");
const change = async (edit: (draft: StatefulSet) => void) => {
  cluster.api.change(StatefulSets, "default/db", edit);
  await cluster.settle();
};
const names = () =>
  cluster.api
    .all(Pods)
    .map(({ metadata }) => metadata.name)
    .sort();
const images = () =>
  cluster.api
    .all(Pods)
    .map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]!.image}`)
    .sort();
const setImage = (image: string) => change((draft) => (draft.spec.template.spec!.containers[0]!.image = image));

test("makes pods in order, each once the one before is ready, with sticky identity", async () => {
  const made = await makeSet();
  expect(names()).toEqual(["db-0"]);
  const revision = set().status!.updateRevision!;
  expect(cluster.api.must(Pods, "default/db-0")).toMatchObject({
    metadata: {
      generateName: "db-",
      labels: { app: "db", "apps.kubernetes.io/pod-index": "0", "statefulset.kubernetes.io/pod-name": "db-0", "controller-revision-hash": revision },
    },
    spec: { hostname: "db-0", subdomain: "dbs" },
  });
  await cluster.runPods();
  expect(names()).toEqual(["db-0", "db-1"]);
  await cluster.untilStable();
  expect(names()).toEqual(["db-0", "db-1", "db-2"]);
  expect(set().status).toEqual({
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  });
  expect(cluster.eventsOf(made)).toContain("Normal SuccessfulCreate Create Pod db-2 in StatefulSet db successful");
});

test("in parallel all come at once", async () => {
  await makeSet({ podManagementPolicy: "Parallel", ordinals: { start: 5 } });
  expect(names()).toEqual(["db-5", "db-6", "db-7"]);
});

test("scales down from the highest, one at a time", async () => {
  await makeSet();
  await cluster.untilStable();
  await change((draft) => (draft.spec.replicas = 1));
  expect(
    cluster.api
      .all(Pods)
      .filter(({ metadata }) => metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name),
  ).toEqual(["db-2"]);
  await cluster.untilStable();
  expect(names()).toEqual(["db-0"]);
});

test("an update replaces pods from the highest down to the partition", async () => {
  await makeSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } });
  await cluster.untilStable();
  await setImage("db:2");
  expect(
    cluster.api
      .all(Pods)
      .filter(({ metadata }) => metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name),
  ).toEqual(["db-2"]);
  await cluster.untilStable();
  expect(images()).toEqual(["db-0 db:1", "db-1 db:2", "db-2 db:2"]);
  expect(set().status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
  cluster.api.remove(Pods, "default/db-0");
  await cluster.untilStable();
  expect(images()[0]).toBe("db-0 db:1");
  await change((draft) => (draft.spec.updateStrategy!.rollingUpdate!.partition = 0));
  await cluster.untilStable();
  expect(images()).toEqual(["db-0 db:2", "db-1 db:2", "db-2 db:2"]);
  expect(set().status!.currentRevision).toBe(set().status!.updateRevision);
});

test("OnDelete leaves updates to whoever deletes pods", async () => {
  await makeSet({ replicas: 1, updateStrategy: { type: "OnDelete" } });
  await cluster.untilStable();
  await setImage("db:2");
  await cluster.untilStable();
  expect(images()).toEqual(["db-0 db:1"]);
  cluster.api.remove(Pods, "default/db-0");
  await cluster.untilStable();
  expect(images()).toEqual(["db-0 db:2"]);
});

test("going back to an old template reuses its revision; old ones beyond the limit go", async () => {
  await makeSet({ replicas: 1, revisionHistoryLimit: 1 });
  await cluster.untilStable();
  for (const image of ["db:2", "db:3", "db:4", "db:3"]) {
    await setImage(image);
    await cluster.untilStable();
  }
  const revisions = cluster.api.all(ControllerRevisions).sort((a, b) => a.revision - b.revision);
  expect(revisions.map(({ data, revision }) => [(data as StatefulSet).spec.template.spec!.containers[0]!.image, revision])).toEqual([
    ["db:4", 4],
    ["db:3", 5],
  ]);
});

test("each pod has its claims, which stay unless the policy says otherwise", async () => {
  const volumeClaimTemplates = [
    { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } },
  ] as StatefulSet["spec"]["volumeClaimTemplates"];
  await makeSet({ replicas: 2, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Delete" } });
  await cluster.untilStable();
  const claims = () =>
    cluster.api
      .all(PersistentVolumeClaims)
      .map(({ metadata }) => metadata.name)
      .sort();
  expect(claims()).toEqual(["data-db-0", "data-db-1"]);
  expect(cluster.api.must(Pods, "default/db-1").spec.volumes).toEqual([{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }]);
  const { uid } = cluster.api.must(Pods, "default/db-1").metadata;
  await change((draft) => (draft.spec.replicas = 1));
  expect(cluster.api.must(PersistentVolumeClaims, "default/data-db-1").metadata.ownerReferences).toMatchObject([{ kind: "Pod", uid }]);
  expect(cluster.api.must(PersistentVolumeClaims, "default/data-db-0").metadata.ownerReferences ?? []).toEqual([]);
});

test("a pod that failed is replaced under the same name", async () => {
  await makeSet({ replicas: 1 });
  await cluster.untilStable();
  const { uid } = cluster.api.must(Pods, "default/db-0").metadata;
  cluster.api.change(Pods, "default/db-0", (draft) => (draft.status!.phase = "Failed"));
  await cluster.settle();
  expect(cluster.api.must(Pods, "default/db-0").metadata.uid).not.toBe(uid);
});
