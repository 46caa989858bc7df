import { beforeEach, expect, test } from "vitest";
import type { DaemonSet, Node } from "../../../shared/kubernetes/types.ts";
import { ControllerRevisions, DaemonSets, Nodes, Pods } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { daemonSetController } from "./controller.ts";
import { targetNode } from "./nodes.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(daemonSetController);
  for (const name of ["a", "b", "c"]) cluster.api.put(Nodes, { metadata: { name, labels: { disk: name === "c" ? "hdd" : "ssd" } } });
});

const labels = { app: "agent" };

async function makeSet(spec: Partial<DaemonSet["spec"]> = {}, pod: object = {}): Promise<DaemonSet> {
  const template = { metadata: { labels }, spec: { containers: [{ name: "agent", image: "agent:1" }], ...pod } };
  const made = cluster.api.put(DaemonSets, {
    metadata: { name: "agent", namespace: "default" },
    spec: {
      selector: { matchLabels: labels },
      template,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...spec,
    },
  });
  await cluster.settle();
  return made;
}

const byText = (a = "", b = ""): number => (a < b ? -1 : 1);
const alive = () => cluster.api.all(Pods).filter(({ metadata }) => !metadata.deletionTimestamp);
const places = () =>
  alive()
    .map((pod) => targetNode(pod.spec))
    .sort(byText);
const images = () =>
  alive()
    .map(({ spec }) => spec.containers[0]!.image)
    .sort(byText);
const status = () => cluster.api.must(DaemonSets, "default/agent").status;
const changeNode = async (name: string, edit: (draft: Node) => void) => {
  cluster.api.change(Nodes, name, edit);
  await cluster.settle();
};
const setImage = async (image: string) => {
  cluster.api.change(DaemonSets, "default/agent", (draft) => (draft.spec.template.spec!.containers[0]!.image = image));
  await cluster.settle();
};

async function runAll(): Promise<void> {
  for (const pod of alive().filter(({ status }) => !status?.phase)) await cluster.runPods({ pods: [pod], node: targetNode(pod.spec)! });
}

test("one pod on each node, bound by affinity and tolerant of trouble", async () => {
  await makeSet();
  expect(places()).toEqual(["a", "b", "c"]);
  expect(alive()[0]!.spec.tolerations).toContainEqual({ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" });
  expect(status()).toEqual({
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 3,
    numberUnavailable: 3,
    observedGeneration: 1,
  });
  await runAll();
  expect(status()).toMatchObject({ numberReady: 3, numberAvailable: 3 });
});

test("follows nodes that come, go out of reach of its selector, or are tainted", async () => {
  await makeSet({}, { nodeSelector: { disk: "ssd" } });
  expect(places()).toEqual(["a", "b"]);
  await changeNode("c", (draft) => (draft.metadata.labels = { disk: "ssd" }));
  expect(places()).toEqual(["a", "b", "c"]);
  await runAll();
  await changeNode("a", (draft) => (draft.metadata.labels = {}));
  await cluster.finishPods();
  expect(places()).toEqual(["b", "c"]);
  await changeNode("b", (draft) => (draft.spec = { taints: [{ key: "k", effect: "NoSchedule" }] }));
  expect(places()).toEqual(["b", "c"]);
  expect(status()).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
  await changeNode("b", (draft) => (draft.spec = { taints: [{ key: "k", effect: "NoExecute" }] }));
  expect(places()).toEqual(["c"]);
});

test("an update replaces one pod at a time", async () => {
  await makeSet();
  await runAll();
  await setImage("agent:2");
  expect(images()).toEqual(["agent:1", "agent:1"]);
  for (let i = 0; i < 5; i++) {
    await cluster.finishPods();
    expect(alive().filter(({ status }) => status?.phase === "Running").length).toBeGreaterThanOrEqual(2);
    await runAll();
  }
  expect(images()).toEqual(["agent:2", "agent:2", "agent:2"]);
  expect(status()).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
});

test("with surge the new pod comes before the old one goes", async () => {
  await makeSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
  await runAll();
  await setImage("agent:2");
  expect(images()).toEqual(["agent:1", "agent:1", "agent:1", "agent:2"]);
  for (let i = 0; i < 5; i++) {
    await runAll();
    await cluster.finishPods();
  }
  expect(images()).toEqual(["agent:2", "agent:2", "agent:2"]);
});

test("a failed pod is told of and replaced, more and more slowly", async () => {
  const made = await makeSet({}, { nodeSelector: { disk: "hdd" } });
  const fail = async () => {
    cluster.api.change(Pods, alive()[0]!.metadata, (draft) => (draft.status = { phase: "Failed" }));
    await cluster.settle();
  };
  await fail();
  expect(alive()[0]!.status?.phase).toBeUndefined();
  expect(cluster.eventsOf(made).some((event) => event.includes("FailedDaemonPod Found failed daemon pod default/agent-"))).toBe(true);
  await fail();
  expect(alive()[0]!.status?.phase).toBe("Failed");
  await cluster.step(1000);
  expect(alive()[0]!.status?.phase).toBeUndefined();
});

test("a revision holds the template with its keys in order, as clients compare it", async () => {
  await makeSet({}, { securityContext: {} });
  expect(JSON.stringify(cluster.api.all(ControllerRevisions)[0]!.data)).toBe(
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"agent"}},"spec":{"containers":[{"image":"agent:1","name":"agent"}],"securityContext":{}}}}}',
  );
});
