import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim, PodSpec, Volume, VolumeMount } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes } from "../../api/resources.ts";
import { openTestNode, type TestNode } from "../testNode.ts";

let node: TestNode;
let disk: string;

beforeEach(async () => {
  node = await openTestNode();
  // This runtime's containers see the machine's files.
  Object.assign(node.runtime, { removeHostPath: async (path: string) => rmSync(path, { recursive: true, force: true }) });
  disk = mkdtempSync(join(tmpdir(), "wherry-volume-"));
});

afterEach(async () => {
  await node.dispose();
  rmSync(disk, { recursive: true, force: true });
});

type VolumeSpec = NonNullable<PersistentVolume["spec"]>;

function bindClaim(name: string, spec: VolumeSpec, phase: "Bound" | "Pending" = "Bound", metadata: Partial<PersistentVolumeClaim["metadata"]> = {}) {
  const claim = node.api.put(PersistentVolumeClaims, {
    metadata: { name, namespace: "default", ...metadata },
    spec: { volumeName: `pv-${name}` },
    status: { phase },
  });
  const { uid } = claim.metadata;
  node.api.put(PersistentVolumes, { metadata: { name: `pv-${name}` }, spec: { ...spec, claimRef: { namespace: "default", name, uid } } });
}

const use = (claimName: string): Volume => ({ name: "v", persistentVolumeClaim: { claimName } });

function run(volume: Volume, mount: Partial<VolumeMount> = {}, spec: Partial<PodSpec> = {}) {
  return node.run("web", {
    volumes: [volume],
    containers: [{ name: "main", image: "web:1", volumeMounts: [{ name: "v", mountPath: "/data", ...mount }] }],
    ...spec,
  });
}

const isReady = () => node.pod("web").status?.containerStatuses?.[0]?.ready === true;

async function mountOf(containerPath: string) {
  const [container] = await node.runtime.listContainers();
  return node.runtime.configOf(container!.id).mounts.find((mount) => mount.containerPath === containerPath)!;
}

test.each<[string, (path: string) => VolumeSpec]>([
  ["local", (path) => ({ local: { path } })],
  ["hostPath", (path) => ({ hostPath: { path, type: "Directory" } })],
])("the folder of a claim's %s volume is mounted, and outlives the pod", async (_, spec) => {
  writeFileSync(join(disk, "kept"), "x");
  bindClaim("c", spec(disk));
  run(use("c"));
  await node.until("ready", isReady);
  expect(await mountOf("/data")).toMatchObject({ source: { hostPath: disk }, readOnly: false });
  await node.api.send({ method: "DELETE", path: "/api/v1/namespaces/default/pods/web", body: {} });
  await node.until("removed", () => readdirSync(join(node.dataDir, "pods")).length === 0);
  expect(statSync(join(disk, "kept")).size).toBe(1);
});

test("a volume is read-only when the mount or the claim's use says so, and a part of it with subPath", async () => {
  bindClaim("c", { local: { path: disk } });
  run({ name: "v", persistentVolumeClaim: { claimName: "c", readOnly: true } }, { subPath: "a/b" });
  await node.until("ready", isReady);
  expect(await mountOf("/data")).toMatchObject({ source: { hostPath: join(disk, "a/b") }, readOnly: true });
});

test("an ephemeral volume is the claim that belongs to the pod, and no other of its name", async () => {
  bindClaim("web-v", { local: { path: disk } });
  const pod = run({ name: "v", ephemeral: { volumeClaimTemplate: { spec: {} } } });
  const refused =
    "Warning FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: PVC default/web-v was not created for pod default/web (pod is not owner)";
  await node.until("refused", () => node.events("web").includes(refused));
  node.api.change(PersistentVolumeClaims, { namespace: "default", name: "web-v" }, (draft) => {
    draft.metadata.ownerReferences = [{ apiVersion: "v1", kind: "Pod", name: "web", uid: pod.metadata.uid, controller: true }];
  });
  await node.step("ready", isReady, 20);
});

test.each<[string, () => void, string]>([
  [
    "is missing",
    () => {},
    'failed to process volumes=[v]: error processing PVC default/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found',
  ],
  ["is not bound", () => bindClaim("c", {}, "Pending"), "failed to process volumes=[v]: error processing PVC default/c: PVC is not bound"],
  [
    "is being deleted",
    () => bindClaim("c", {}, "Bound", { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/keep"] }),
    "failed to process volumes=[v]: error processing PVC default/c: PVC is being deleted",
  ],
  [
    "is a block device",
    () => bindClaim("c", { volumeMode: "Block", local: { path: "/dev/x" } }),
    "volume v has volumeMode Block, but is specified in volumeMounts",
  ],
  [
    "has a folder that does not exist",
    () => bindClaim("c", { local: { path: "/does/not/exist" } }),
    'MountVolume.NewMounter initialization failed for volume "pv-c" : path "/does/not/exist" does not exist',
  ],
  [
    "has a driver that is not here",
    () => bindClaim("c", { csi: { driver: "ext.example.com", volumeHandle: "h" } }),
    "driver name ext.example.com not found in the list of registered CSI drivers",
  ],
])("a pod waits and says why when its claim %s", async (_, prepare, message) => {
  prepare();
  run(use("c"));
  await node.until("FailedMount", () => node.events("web").some((event) => event.startsWith("Warning FailedMount: ") && event.endsWith(message)));
  expect(node.pod("web").status!.containerStatuses![0]!.state!.waiting!.reason).toBe("ContainerCreating");
  expect(await node.runtime.listContainers()).toEqual([]);
});

test("a pod starts as soon as its claim is bound", async () => {
  bindClaim("c", { local: { path: disk } }, "Pending");
  run(use("c"));
  await node.until("FailedMount", () => node.events("web").some((event) => event.includes("PVC is not bound")));
  node.api.change(PersistentVolumeClaims, { namespace: "default", name: "c" }, (draft) => {
    draft.status = { phase: "Bound" };
  });
  await node.step("ready", isReady, 20);
});

test("a claim whose binding is complete will do before its phase says so", async () => {
  bindClaim("c", { local: { path: disk } }, "Pending", { annotations: { "pv.kubernetes.io/bind-completed": "yes" } });
  run(use("c"));
  await node.until("ready", isReady);
  expect(node.events("web").filter((event) => event.startsWith("Warning"))).toEqual([]);
});

test("a container starts again though its claim is lost meanwhile", async () => {
  bindClaim("c", { local: { path: disk } });
  run(use("c"));
  await node.until("ready", isReady);
  node.api.change(PersistentVolumeClaims, { namespace: "default", name: "c" }, (draft) => {
    draft.status = { phase: "Lost" };
  });
  const [container] = await node.runtime.listContainers();
  await node.runtime.stopContainer(container!.id, 0);
  await node.step("started again", () => node.pod("web").status?.containerStatuses?.[0]?.restartCount === 1 && isReady(), 30);
});

test("fsGroup gives the files of a volume to the group: by the engine where this process may not", async () => {
  mkdirSync(join(disk, "sub"), { mode: 0o700 });
  writeFileSync(join(disk, "sub/file"), "", { mode: 0o600 });
  const asked: [string, number][] = [];
  Object.assign(node.runtime, { giveHostPathToGroup: async (path: string, group: number) => void asked.push([path, group]) });
  bindClaim("c", { local: { path: disk } });
  run(use("c"), {}, { securityContext: { fsGroup: 2000 } });
  await node.until("ready", isReady);
  if (process.getuid?.() !== 0) return expect(asked).toEqual([[disk, 2000]]);
  expect([disk, join(disk, "sub"), join(disk, "sub/file")].map((path) => lstatSync(path).gid)).toEqual([2000, 2000, 2000]);
  expect(statSync(join(disk, "sub")).mode & 0o7777).toBe(0o2770);
  expect(statSync(join(disk, "sub/file")).mode & 0o7777).toBe(0o660);
});

test("with containers that are only played every kind of volume is there, and nothing of this machine is touched", async () => {
  Object.assign(node.runtime, { removeHostPath: undefined });
  bindClaim("c", { nfs: { server: "s", path: "/" } });
  bindClaim("d", { hostPath: { path: join(disk, "absent"), type: "DirectoryOrCreate" } });
  node.run("web", {
    volumes: [use("c"), { name: "w", persistentVolumeClaim: { claimName: "d" } }],
    containers: [
      {
        name: "main",
        image: "web:1",
        volumeMounts: [
          { name: "v", mountPath: "/data" },
          { name: "w", mountPath: "/more", subPath: "x" },
        ],
      },
    ],
  });
  await node.until("ready", isReady);
  expect(() => statSync(join(disk, "absent"))).toThrow("ENOENT");
});
