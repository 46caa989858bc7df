import { beforeEach, expect, test } from "vitest";
import type { Deployment } from "../../../shared/kubernetes/types.ts";
import { Deployments, Pods, ReplicaSets } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { replicaSetController } from "../replicaSet/controller.ts";
import { deploymentController } from "./controller.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(deploymentController, replicaSetController);
});

const labels = { app: "web" };
const key = "default/web";

async function deploy(spec: Partial<Deployment["spec"]> = {}): Promise<Deployment> {
  const made = cluster.api.put(Deployments, {
    metadata: { name: "web", namespace: "default", annotations: { team: "a" } },
    spec: {
      replicas: 4,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 2,
      ...spec,
    },
  });
  await cluster.settle();
  return made;
}

const change = async (edit: (draft: Deployment) => void) => {
  cluster.api.change(Deployments, key, edit);
  await cluster.settle();
};
const setImage = (image: string) => change((draft) => (draft.spec.template.spec!.containers[0]!.image = image));
const deployment = () => cluster.api.must(Deployments, key);
const conditions = () => deployment().status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const sizes = () => cluster.api.all(ReplicaSets).map((each) => [each.spec.template!.spec!.containers[0]!.image, each.spec.replicas]);
const livePods = () => cluster.api.all(Pods).filter((pod) => !pod.metadata.deletionTimestamp);

test("makes a ReplicaSet with hash, revision and sizes, and follows its status", async () => {
  const made = await deploy();
  const [replicaSet] = cluster.api.all(ReplicaSets);
  const hash = replicaSet!.metadata.labels!["pod-template-hash"]!;
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  expect(replicaSet).toMatchObject({
    metadata: {
      name: `web-${hash}`,
      labels: { app: "web", "pod-template-hash": hash },
      annotations: {
        team: "a",
        "deployment.kubernetes.io/revision": "1",
        "deployment.kubernetes.io/desired-replicas": "4",
        "deployment.kubernetes.io/max-replicas": "5",
      },
    },
    spec: { replicas: 4, selector: { matchLabels: { app: "web", "pod-template-hash": hash } } },
  });
  expect(conditions()).toEqual(["Available False MinimumReplicasUnavailable", "Progressing True ReplicaSetUpdated"]);
  await cluster.untilStable();
  expect(deployment().metadata.annotations).toEqual({ team: "a", "deployment.kubernetes.io/revision": "1" });
  expect(deployment().status).toMatchObject({
    observedGeneration: 1,
    replicas: 4,
    updatedReplicas: 4,
    readyReplicas: 4,
    availableReplicas: 4,
    terminatingReplicas: 0,
  });
  expect(conditions()).toEqual(["Available True MinimumReplicasAvailable", "Progressing True NewReplicaSetAvailable"]);
  expect(cluster.eventsOf(made)).toEqual([`Normal ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 4`]);
});

test("a rolling update stays within surge and unavailability all the way", async () => {
  await deploy();
  await cluster.untilStable();
  await setImage("web:2");
  const seen: string[] = [];
  for (let i = 0; i < 20 && JSON.stringify(sizes()) !== '[["web:1",0],["web:2",4]]'; i++) {
    const ready = livePods().filter((pod) => pod.status?.conditions?.[0]?.status === "True").length;
    seen.push(
      `${sizes()
        .map(([, size]) => size)
        .join("/")} ready ${ready}`,
    );
    expect(livePods().length).toBeLessThanOrEqual(5);
    expect(ready).toBeGreaterThanOrEqual(3);
    await cluster.runPods();
  }
  expect(seen[0]).toBe("3/2 ready 3");
  expect(sizes()).toEqual([
    ["web:1", 0],
    ["web:2", 4],
  ]);
  await cluster.untilStable();
  expect(conditions()).toEqual(["Available True MinimumReplicasAvailable", "Progressing True NewReplicaSetAvailable"]);
});

test("Recreate waits until every old pod is gone", async () => {
  await deploy({ replicas: 2, strategy: { type: "Recreate" } });
  await cluster.untilStable();
  await setImage("web:2");
  expect(sizes()).toEqual([["web:1", 0]]);
  await cluster.finishPods();
  expect(sizes()).toEqual([
    ["web:1", 0],
    ["web:2", 2],
  ]);
});

test("going back to an old template revives its ReplicaSet under a new revision", async () => {
  await deploy({ replicas: 1 });
  await cluster.untilStable();
  await setImage("web:2");
  await cluster.untilStable();
  await setImage("web:1");
  await cluster.untilStable();
  expect(sizes()).toEqual([
    ["web:1", 1],
    ["web:2", 0],
  ]);
  expect(cluster.api.all(ReplicaSets)[0]!.metadata.annotations).toMatchObject({
    "deployment.kubernetes.io/revision": "3",
    "deployment.kubernetes.io/revision-history": "1",
  });
  expect(deployment().metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("3");
});

test("the revision follows that of an adopted ReplicaSet, however large", async () => {
  cluster.api.put(ReplicaSets, {
    metadata: { name: "old", namespace: "default", labels, annotations: { "deployment.kubernetes.io/revision": "3546343826724305832" } },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [] } } },
  });
  await deploy({ replicas: 1 });
  await cluster.untilStable();
  expect(deployment().metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("3546343826724305833");
});

test("keeps as many old ReplicaSets as the history limit says", async () => {
  await deploy({ replicas: 1 });
  await cluster.untilStable();
  for (const image of ["web:2", "web:3", "web:4", "web:5"]) {
    await setImage(image);
    await cluster.untilStable();
  }
  expect(sizes().map(([image]) => image)).toEqual(["web:3", "web:4", "web:5"]);
});

test("a paused Deployment does not roll, but scales", async () => {
  await deploy();
  await cluster.untilStable();
  await change((draft) => (draft.spec.paused = true));
  expect(conditions()).toContain("Progressing Unknown DeploymentPaused");
  await setImage("web:2");
  await change((draft) => (draft.spec.replicas = 6));
  expect(sizes()).toEqual([["web:1", 6]]);
  await change((draft) => (draft.spec.paused = false));
  await cluster.untilStable();
  expect(sizes()).toEqual([
    ["web:1", 0],
    ["web:2", 6],
  ]);
});

test("scaling during a rollout is shared in proportion", async () => {
  await deploy({ replicas: 10, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
  await cluster.untilStable();
  await setImage("web:2");
  expect(sizes()).toEqual([
    ["web:1", 8],
    ["web:2", 5],
  ]);
  await change((draft) => (draft.spec.replicas = 15));
  expect(sizes()).toEqual([
    ["web:1", 11],
    ["web:2", 7],
  ]);
});

test("a rollout without progress times out, once, and recovers", async () => {
  await deploy({ replicas: 1, progressDeadlineSeconds: 60 });
  await cluster.step(59_000);
  expect(conditions()).toContain("Progressing True ReplicaSetUpdated");
  await cluster.step(3000);
  expect(conditions()).toContain("Progressing False ProgressDeadlineExceeded");
  await cluster.untilStable();
  expect(conditions()).toContain("Progressing True NewReplicaSetAvailable");
});

test("a name taken by somebody else's ReplicaSet is avoided by a collision count", async () => {
  await deploy({ replicas: 1 });
  const [first] = cluster.api.all(ReplicaSets);
  cluster.api.remove(Deployments, key);
  cluster.api.change(ReplicaSets, first!.metadata, (draft) => {
    draft.metadata.labels = {};
    draft.metadata.ownerReferences = [];
  });
  await deploy({ replicas: 1 });
  await cluster.step(1000);
  expect(deployment().status?.collisionCount).toBe(1);
  expect(cluster.api.all(ReplicaSets)).toHaveLength(2);
});

test("a selector of everything is refused", async () => {
  const made = await deploy({ selector: {} });
  expect(cluster.api.all(ReplicaSets)).toEqual([]);
  expect(cluster.eventsOf(made)).toEqual(["Warning SelectingAll This deployment is selecting all pods. A non-empty selector is required."]);
});
