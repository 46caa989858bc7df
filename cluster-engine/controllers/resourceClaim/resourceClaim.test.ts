import { beforeEach, expect, test } from "vitest";
import type { Pod, ResourceSlice, ResourceV1ResourceClaim as ResourceClaim } from "../../../shared/kubernetes/types.ts";
import { Pods, ResourceClaims, ResourceClaimTemplates, ResourceSlices } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { resourceClaimController } from "./controller.ts";
import { deviceTaintEvictionController } from "./deviceTaintEviction.ts";
import { claimEvictionTime } from "./deviceTaints.ts";
import { claimFrom } from "./fromTemplates.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(resourceClaimController, deviceTaintEvictionController);
});

const namespace = "default";
const finalizer = "resource.kubernetes.io/delete-protection";
const gpuClaims = [{ name: "gpu", resourceClaimTemplateName: "gpus" }];

async function makeTemplate(): Promise<void> {
  cluster.api.put(ResourceClaimTemplates, {
    metadata: { name: "gpus", namespace },
    spec: { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec: { devices: { requests: [] } } },
  });
  await cluster.settle();
}

async function makePod(spec: Partial<Pod["spec"]> = { resourceClaims: gpuClaims }, name = "web"): Promise<Pod> {
  const made = cluster.api.put(Pods, { metadata: { name, namespace }, spec: { containers: [], ...spec } });
  await cluster.settle();
  return made;
}

/** As the scheduler leaves a claim that it allocated for pods. */
async function makeClaim(reservedFor: Pod[], more: Partial<ResourceClaim["metadata"]> = {}): Promise<ResourceClaim> {
  const made = cluster.api.put(ResourceClaims, {
    metadata: { name: "shared", namespace, finalizers: [finalizer], ...more },
    spec: {},
    status: {
      allocation: { devices: { results: [{ driver: "d", pool: "p", device: "0", request: "r" }] } },
      reservedFor: reservedFor.map(({ metadata }) => ({ resource: "pods", name: metadata.name, uid: metadata.uid })),
    },
  });
  await cluster.settle();
  return made;
}

async function edit(name: string, change: (draft: Pod) => void): Promise<void> {
  cluster.api.change(Pods, `${namespace}/${name}`, change);
  await cluster.settle();
}

const pod = (name = "web") => cluster.api.get(Pods, `${namespace}/${name}`);
const claims = () => cluster.api.all(ResourceClaims);
const claim = () => claims()[0]!;

test("a pod gets the claim of its template, once, and is told its name", async () => {
  await makeTemplate();
  const made = await makePod();
  expect(claims()).toHaveLength(1);
  expect(claim()).toMatchObject({
    metadata: {
      generateName: "web-gpu-",
      labels: { a: "b" },
      annotations: { c: "d", "resource.kubernetes.io/pod-claim-name": "gpu" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "web", uid: made.metadata.uid, controller: true }],
    },
    spec: { devices: { requests: [] } },
  });
  expect(pod()!.status!.resourceClaimStatuses).toEqual([{ name: "gpu", resourceClaimName: claim().metadata.name }]);
  await edit("web", (draft) => (draft.spec.nodeName = "node-1"));
  expect(claims()).toHaveLength(1);
});

test("a pod waits for a template that is not there, and says so", async () => {
  const made = await makePod();
  expect(cluster.eventsOf(made)).toEqual([
    'Warning FailedResourceClaimCreation PodResourceClaim gpu: resource claim template "gpus": resourceclaimtemplate.resource.k8s.io "gpus" not found',
  ]);
  await makeTemplate();
  expect(claims()).toHaveLength(1);
});

test("a claim that was made but not noted is taken, and one that was deleted is made again", async () => {
  await makeTemplate();
  const made = await makePod();
  const first = claim().metadata.name;
  await edit("web", (draft) => delete draft.status);
  expect(pod()!.status!.resourceClaimStatuses).toEqual([{ name: "gpu", resourceClaimName: first }]);
  cluster.api.remove(ResourceClaims, claim().metadata);
  await cluster.settle();
  expect(claims()).toHaveLength(1);
  expect(claim().metadata.ownerReferences![0]!.uid).toBe(made.metadata.uid);
  expect(pod()!.status!.resourceClaimStatuses![0]!.resourceClaimName).toBe(claim().metadata.name);
});

test("a pod that was bound without the scheduler has its claim reserved", async () => {
  await makeClaim([]);
  const made = await makePod({ nodeName: "node-1", resourceClaims: [{ name: "gpu", resourceClaimName: "shared" }] });
  expect(claim().status!.reservedFor).toEqual([{ resource: "pods", name: "web", uid: made.metadata.uid }]);
});

test("pods that are done give back their reservation, and the last one what is allocated", async () => {
  const spec = { nodeName: "node-1", resourceClaims: [{ name: "gpu", resourceClaimName: "shared" }] };
  const [a, b] = [await makePod(spec, "a"), await makePod(spec, "b")];
  await makeClaim([a, b]);
  await edit("a", (draft) => (draft.status = { phase: "Succeeded" }));
  expect(claim().status!.reservedFor!.map(({ name }) => name)).toEqual(["b"]);
  expect(claim().status!.allocation).toBeDefined();
  cluster.api.remove(Pods, b.metadata);
  await cluster.settle();
  expect(claim().status).toEqual({});
  expect(claim().metadata.finalizers ?? []).toEqual([]);
});

test("a reservation of an unknown sort stays, and one of a pod that was replaced goes", async () => {
  const made = await makePod({ nodeName: "node-1" });
  await makeClaim([made]);
  cluster.api.change(ResourceClaims, `${namespace}/shared`, (draft) => {
    draft.status!.reservedFor![0]!.uid = "old";
    draft.status!.reservedFor!.push({ apiGroup: "example.com", resource: "things", name: "x", uid: "y" });
  });
  await cluster.settle();
  expect(claim().status!.reservedFor!.map(({ name }) => name)).toEqual(["x"]);
});

test("a claim that is deleted while nobody uses it loses what holds it", async () => {
  await makeClaim([], { deletionTimestamp: rfc3339(cluster.clock.now()) });
  expect(claims()).toEqual([]);
});

test("the claim of a pod that is done goes before the pod", async () => {
  await makeTemplate();
  await makePod();
  await edit("web", (draft) => (draft.status = { ...draft.status, phase: "Failed" }));
  expect(claims()).toEqual([]);
});

test("names that are too long lose of both parts", () => {
  const long = { metadata: { name: "p".repeat(60), namespace, uid: "u" } } as Pod;
  const template = { spec: { spec: {} } } as never;
  const { generateName } = claimFrom(template, long, { name: "c".repeat(30) }).metadata;
  expect(generateName.length).toBeLessThanOrEqual(58);
  expect(generateName).toMatch(/^p+-c+$/);
});

const slice = (taints: ResourceSlice["spec"]["devices"], generation = 1, name = "s"): ResourceSlice =>
  ({
    metadata: { name },
    spec: { driver: "d", pool: { name: "p", generation, resourceSliceCount: 1 }, devices: taints },
  }) as ResourceSlice;

const device = (effect: "NoExecute" | "NoSchedule" = "NoExecute") => [
  { name: "0", taints: [{ key: "broken", effect, timeAdded: "1970-01-01T00:00:10Z" }] },
];
const allocated = (tolerations: object[] = [], name = "0") =>
  ({
    status: { allocation: { devices: { results: [{ driver: "d", pool: "p", device: name, request: "r", tolerations }] } } },
  }) as unknown as ResourceClaim;

test.each<[string, ResourceClaim, ResourceSlice[], number]>([
  ["a broken device", allocated(), [slice(device())], 10_000],
  ["a device that only takes no more", allocated(), [slice(device("NoSchedule"))], Infinity],
  ["another device", allocated([], "1"), [slice(device())], Infinity],
  ["taints of an older generation", allocated(), [slice(device(), 1), slice([{ name: "0" }], 2)], Infinity],
  ["a toleration", allocated([{ key: "broken", operator: "Exists" }]), [slice(device())], Infinity],
  ["a toleration for a time", allocated([{ operator: "Exists", tolerationSeconds: 30 }]), [slice(device())], 40_000],
  ["a toleration of something else", allocated([{ key: "hot", operator: "Exists" }]), [slice(device())], 10_000],
  ["nothing allocated", {} as ResourceClaim, [slice(device())], Infinity],
])("with %s users of a claim go in time", (_, subject, slices, expected) => {
  expect(claimEvictionTime(subject, slices, 20_000)).toBe(expected);
});

test("pods on a device that breaks are told and deleted; those that may wait are spared when it is repaired", async () => {
  const spec = { nodeName: "node-1", resourceClaims: [{ name: "gpu", resourceClaimName: "shared" }] };
  const [hasty, patient] = [
    await makePod(spec, "hasty"),
    await makePod({ ...spec, resourceClaims: [{ name: "gpu", resourceClaimName: "other" }] }, "patient"),
  ];
  await makeClaim([hasty]);
  await makeClaim([patient], { name: "other" });
  cluster.api.change(ResourceClaims, `${namespace}/other`, (draft) => {
    draft.status!.allocation!.devices!.results![0]!.tolerations = [{ operator: "Exists", tolerationSeconds: 60 }];
  });
  const put = async (taints: object[]) => {
    cluster.api.put(ResourceSlices, slice([{ name: "0", taints: taints as never }]));
    await cluster.settle();
  };
  await put([{ key: "broken", effect: "NoExecute", timeAdded: rfc3339(cluster.clock.now()) }]);
  expect(pod("hasty")!.metadata.deletionTimestamp).toBeDefined();
  expect(pod("hasty")!.status!.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "DeletionByDeviceTaintManager" }),
  );
  expect(cluster.eventsOf(hasty)).toEqual(["Normal DeviceTaintManagerEviction Marking for deletion"]);
  await put([]);
  await cluster.step(120_000);
  expect(pod("patient")!.metadata.deletionTimestamp).toBeUndefined();
  expect(cluster.eventsOf(patient)).toEqual(["Normal DeviceTaintManagerEviction Cancelling deletion"]);
});
