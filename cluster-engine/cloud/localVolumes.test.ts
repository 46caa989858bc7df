import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../shared/kubernetes/types.ts";
import { localVolumes } from "./localVolumes.ts";
import type { VolumeRequest, VolumeStorage } from "./volumes.ts";

let folder: string;
let storage: VolumeStorage;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wherry-volumes-"));
  storage = localVolumes({ folder, removeFolder: (path) => rm(path, { recursive: true, force: true }) });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = { metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "host-1" } } } as unknown as Node;

const request = (spec: object = {}, more: Partial<VolumeRequest> = {}): VolumeRequest => ({
  name: "pvc-1",
  claim: { metadata: { name: "c", namespace: "default" }, spec: { accessModes: ["ReadWriteOnce"], ...spec } } as unknown as PersistentVolumeClaim,
  storageClass: storage.defaultClass as StorageClass,
  node,
  ...more,
});

const volume = (spec: object): PersistentVolume => ({ metadata: { name: "v" }, spec }) as unknown as PersistentVolume;

test("a volume is a folder in which every user may write, named after its claim; made once and deleted whole", async () => {
  const { local } = await storage.create(request());
  expect(local!.path).toBe(join(folder, "pvc-1_default_c"));
  expect(statSync(local!.path).mode & 0o777).toBe(0o777);
  expect((await storage.create(request())).local).toEqual(local);
  await storage.delete(volume({ local }));
  expect(existsSync(local!.path)).toBe(false);
  await storage.delete(volume({ local }));
});

const only = { key: "kubernetes.io/hostname", operator: "In", values: ["host-1"] };
const all = { key: "kubernetes.io/hostname", operator: "Exists" };

test.each<[string, string[], boolean, object]>([
  ["the chosen node", ["ReadWriteOnce"], true, only],
  ["the chosen node", ["ReadWriteOncePod"], true, only],
  ["all nodes when many may use it", ["ReadWriteMany"], true, all],
  ["all nodes when many may read it", ["ReadWriteOnce", "ReadOnlyMany"], true, all],
  ["all nodes when none was chosen", ["ReadWriteOnce"], false, all],
])("a volume is on %s (%j)", async (_, accessModes, chosen, expression) => {
  const { node: _node, ...rest } = request({ accessModes });
  const { nodeAffinity } = await storage.create(chosen ? { ...rest, node } : rest);
  expect(nodeAffinity!.required!.nodeSelectorTerms).toEqual([{ matchExpressions: [expression] }]);
});

test("a cloud's volume is in the zone of the chosen node", async () => {
  const zonal = localVolumes({ folder, removeFolder: async () => {}, reach: "zone" });
  const zone = { key: "topology.kubernetes.io/zone", operator: "In", values: ["a"] };
  const inZone = { metadata: { name: "node-1", labels: { "topology.kubernetes.io/zone": "a" } } } as unknown as Node;
  const terms = async (spec: object, chosen: Node) =>
    (await zonal.create(request(spec, { node: chosen }))).nodeAffinity!.required!.nodeSelectorTerms[0]!.matchExpressions;
  expect(await terms({}, inZone)).toEqual([zone]);
  expect(await terms({ accessModes: ["ReadWriteMany"] }, inZone)).toEqual([all]);
  expect(await terms({}, node)).toEqual([only]);
});

test.each<[string, object, string]>([
  ["a block device", { volumeMode: "Block" }, "wherry.dev/local does not support block volume provisioning"],
  ["a copy", { dataSource: { kind: "PersistentVolumeClaim", name: "other" } }, "claims with a data source are not supported"],
  ["chosen volumes", { selector: { matchLabels: { a: "b" } } }, "claim.Spec.Selector is not supported"],
  ["attributes", { volumeAttributesClassName: "fast" }, "volumeAttributesClassName is not supported"],
])("a claim for %s is refused", async (_, spec, message) => {
  await expect(storage.create(request(spec))).rejects.toThrow(message);
});

test.each<[string, object]>([
  ["outside of the folder", { local: { path: "/etc" } }],
  ["around the folder", { local: { path: "/" } }],
  ["beside the folder", { local: { path: "FOLDER/../other" } }],
  ["that is the folder", { local: { path: "FOLDER" } }],
  ["on the host, not below /tmp", { hostPath: { path: "/var/data" } }],
  ["on the host, that leads out of /tmp", { hostPath: { path: "/tmp/../etc" } }],
  ["on the host, that is /tmp", { hostPath: { path: "/tmp" } }],
  ["elsewhere", { nfs: { server: "s", path: "/" } }],
])("data %s is not deleted", async (_, spec) => {
  const removed: string[] = [];
  const careful = localVolumes({ folder, removeFolder: async (path) => void removed.push(path) });
  await expect(careful.delete(volume(JSON.parse(JSON.stringify(spec).replace("FOLDER", folder)) as object))).rejects.toThrow();
  expect(removed).toEqual([]);
});

test("data of a hostPath volume below /tmp is deleted", async () => {
  const path = mkdtempSync("/tmp/wherry-hostpath-");
  await storage.delete(volume({ hostPath: { path } }));
  expect(existsSync(path)).toBe(false);
});
