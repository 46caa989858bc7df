import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DeviceClasses,
  Namespaces,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  PodDisruptionBudgets,
  Pods,
  PriorityClasses,
  ResourceClaims,
  ResourceSlices,
  ServiceAccounts,
  StorageClasses,
} from "../../cluster-engine/api/resources.ts";
import type { ResourceType } from "../../cluster-engine/api/resourceType.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { Disposables } from "../../cluster-engine/base/disposal.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { createInformers } from "../../cluster-engine/client/informers.ts";
import type { Client, Informers } from "../../cluster-engine/client/types.ts";
import { matchesDevice } from "../../cluster-engine/deviceSelectors.ts";
import { component } from "../../cluster-engine/identity.ts";
import { parseSchedulerConfiguration } from "../../cluster-engine/scheduler/config/parse.ts";
import { startScheduler } from "../../cluster-engine/scheduler/scheduler.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { PodSpec } from "../../shared/kubernetes/types.ts";
import { startTestApiServer, type TestApiServer } from "../support/startApiServer.ts";

// The scheduler over the real API server, as system:kube-scheduler; nodes are records that nobody works on.

const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
- schedulerName: packing
  pluginConfig:
  - name: NodeResourcesFit
    args: {scoringStrategy: {type: MostAllocated}}
`;

const running = new Disposables();
let api: TestApiServer;
let client: Client;
let informers: Informers;

beforeAll(async () => {
  api = await startTestApiServer();
  const parts = { clock: systemClock, random: systemRandom, log: silentLog };
  client = createClient(httpsTransport(readFileSync(api.kubeconfigPath, "utf8")));
  informers = running.add(createInformers({ client, ...parts }));
  const transport = api.server.transport(component("kube-scheduler"), "kube-scheduler");
  running.add(startScheduler({ transport, ...parts, matchesDevice, configuration: parseSchedulerConfiguration(configuration) }));
  await client.resource(PriorityClasses).create({ metadata: { name: "high" }, value: 1000 });
});

afterAll(async () => {
  running[Symbol.dispose]();
  await api.close();
});

/** Resolves with the object once it satisfies `check`, as a watch over HTTPS sees it. */
function reaches<T extends KubeObject>(type: ResourceType<T>, key: string, check: (object: T) => boolean): Promise<T> {
  const informer = informers.of(type);
  return new Promise((resolve) => {
    const look = () => {
      const object = informer.get(key);
      if (!object || !check(object)) return;
      handle[Symbol.dispose]();
      resolve(object);
    };
    const handle = informer.handle({ onAdd: look, onUpdate: look });
    look();
  });
}

async function namespace(name: string): Promise<void> {
  await client.resource(Namespaces).create({ metadata: { name } });
  await client.resource(ServiceAccounts).create({ metadata: { namespace: name, name: "default" } });
}

/** A node for the pods of one test alone. */
async function node(name: string, group: string): Promise<void> {
  const nodes = client.resource(Nodes);
  const created = await nodes.create({ metadata: { name, labels: { group, "kubernetes.io/hostname": name } }, spec: {} });
  const room = { cpu: "1", memory: "1Gi", pods: "10" };
  await nodes.patch(created.metadata, { spec: { taints: null } });
  await nodes.patch(created.metadata, { status: { capacity: room, allocatable: room } }, { subresource: "status" });
}

const pod = (group: string, name: string, cpu: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}) =>
  client.resource(Pods).create({
    metadata: { namespace: group, name, labels },
    spec: { nodeSelector: { group }, containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }], ...spec },
  });

const placed = async (group: string, name: string): Promise<string> =>
  (await reaches(Pods, `${group}/${name}`, ({ spec }) => spec.nodeName !== undefined)).spec.nodeName!;

test("a pod takes the place of one that no PodDisruptionBudget keeps", async () => {
  const group = "budgets";
  await namespace(group);
  await client
    .resource(PodDisruptionBudgets)
    .create({ metadata: { namespace: group, name: "kept" }, spec: { minAvailable: 1, selector: { matchLabels: { app: "kept" } } } });
  for (const app of ["kept", "free"]) {
    await node(`on-${app}`, group);
    await pod(group, app, "1", { nodeName: `on-${app}` }, { app });
  }
  await pod(group, "urgent", "1", { priorityClassName: "high" });
  const urgent = await reaches(Pods, `${group}/urgent`, ({ status }) => status?.nominatedNodeName !== undefined);
  expect(urgent.status?.nominatedNodeName).toBe("on-free");
  const victim = await reaches(Pods, `${group}/free`, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(victim.status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
    status: "True",
    reason: "PreemptionByScheduler",
  });
  await client.resource(Pods).delete({ namespace: group, name: "free" }, { gracePeriodSeconds: 0 });
  expect(await placed(group, "urgent")).toBe("on-free");
  const bound = await client.resource(Pods).get({ namespace: group, name: "urgent" });
  expect(bound.status?.conditions).toEqual([
    { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: expect.any(String) as string },
  ]);
});

test("a claim is given a device that its class and its request select, and reserved for the pod", async () => {
  const group = "devices";
  const driver = "gpu.example.com";
  await namespace(group);
  for (const name of ["with-small", "with-large"]) await node(name, group);
  const selector = (expression: string) => [{ cel: { expression } }];
  await client.resource(DeviceClasses).create({ metadata: { name: "gpu" }, spec: { selectors: selector(`device.driver == "${driver}"`) } });
  for (const [nodeName, size] of [
    ["with-small", "8Gi"],
    ["with-large", "80Gi"],
  ] as const)
    await client.resource(ResourceSlices).create({
      metadata: { name: nodeName },
      spec: {
        driver,
        nodeName,
        pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
        devices: [{ name: "gpu-0", capacity: { memory: { value: size } } }],
      },
    });
  const selectors = selector(`device.capacity["${driver}"].memory.compareTo(quantity("40Gi")) > 0`);
  const requests = [{ name: "big", exactly: { deviceClassName: "gpu", selectors } }];
  await client.resource(ResourceClaims).create({ metadata: { namespace: group, name: "big" }, spec: { devices: { requests } } });
  const trainer = await pod(group, "trainer", "500m", { resourceClaims: [{ name: "gpu", resourceClaimName: "big" }] });
  expect(await placed(group, "trainer")).toBe("with-large");
  const claim = await client.resource(ResourceClaims).get({ namespace: group, name: "big" });
  expect(claim.status?.allocation?.devices?.results).toEqual([{ request: "big", driver, pool: "with-large", device: "gpu-0" }]);
  expect(claim.status?.reservedFor).toEqual([{ resource: "pods", name: "trainer", uid: trainer.metadata.uid }]);
  expect(claim.metadata.finalizers).toEqual(["resource.kubernetes.io/delete-protection"]);
  // Its only device is taken.
  await client.resource(ResourceClaims).create({ metadata: { namespace: group, name: "more" }, spec: { devices: { requests } } });
  await pod(group, "late", "100m", { resourceClaims: [{ name: "gpu", resourceClaimName: "more" }] });
  const late = await reaches(Pods, `${group}/late`, ({ status }) => status?.conditions?.[0]?.reason === "Unschedulable");
  expect(late.status?.conditions?.[0]?.message).toContain("2 cannot allocate all claims");
});

test("a free volume is reserved for the claim of the pod that goes to its node, and the binding waits for it", async () => {
  const group = "volumes";
  await namespace(group);
  for (const name of ["without-disk", "with-disk"]) await node(name, group);
  const modes = { accessModes: ["ReadWriteOnce" as const], storageClassName: "local" };
  await client
    .resource(StorageClasses)
    .create({ metadata: { name: "local" }, provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "WaitForFirstConsumer" });
  const onDisk = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In" as const, values: ["with-disk"] }] };
  const volume = await client.resource(PersistentVolumes).create({
    metadata: { name: "disk" },
    spec: { ...modes, capacity: { storage: "2Gi" }, local: { path: "/disk" }, nodeAffinity: { required: { nodeSelectorTerms: [onDisk] } } },
  });
  await client.resource(PersistentVolumes).patch(volume.metadata, { status: { phase: "Available" } }, { subresource: "status" });
  const claim = await client.resource(PersistentVolumeClaims).create({
    metadata: { namespace: group, name: "data" },
    spec: { ...modes, resources: { requests: { storage: "1Gi" } } },
  });
  await pod(group, "db", "1", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] });
  const reserved = await reaches(PersistentVolumes, "disk", ({ spec }) => spec?.claimRef !== undefined);
  expect(reserved.spec?.claimRef).toMatchObject({ kind: "PersistentVolumeClaim", namespace: group, name: "data", uid: claim.metadata.uid });
  expect((await client.resource(Pods).get({ namespace: group, name: "db" })).spec.nodeName).toBeUndefined();
  // As the volume controller does.
  const annotations = { "pv.kubernetes.io/bind-completed": "yes" };
  await client.resource(PersistentVolumeClaims).patch(claim.metadata, { metadata: { annotations }, spec: { volumeName: "disk" } });
  expect(await placed(group, "db")).toBe("with-disk");
});

test("each pod is placed by the profile that it names", async () => {
  const group = "profiles";
  await namespace(group);
  await node("busy", group);
  await node("empty", group);
  await pod(group, "first", "500m", { nodeName: "busy" });
  await pod(group, "packed", "100m", { schedulerName: "packing" });
  await pod(group, "spread", "100m");
  expect([await placed(group, "packed"), await placed(group, "spread")]).toEqual(["busy", "empty"]);
});
