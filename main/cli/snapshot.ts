import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { dataPaths, defaultDataDir } from "../../cluster-engine/dataDir.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Command, Values } from "./commands.ts";
import { dataDirOption, requireEngine } from "./options.ts";

const form = "create|list|restore|delete [NAME]";

interface Snapshot extends KubeObject {
  status: { revision: number; objects: number; bytes: number };
}

const snapshots = {
  group: "wherry.dev",
  version: "v1",
  resource: "snapshots",
  kind: "Snapshot",
  namespaced: false,
  object: undefined as unknown as Snapshot,
};

export const snapshot: Command = {
  summary: "keep the cluster's whole state, and go back to it",
  form,
  options: dataDirOption,
  async run(values, [action = "list", name]) {
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!act) throw new Error(`"${action}" is no action: wherry snapshot ${form}`);
    if (action !== "list" && !name) throw new Error(`which snapshot? wherry snapshot ${action} NAME`);
    await act(await connect(values), name ?? "");
    return 0;
  },
};

async function connect(values: Values) {
  const { connectCluster } = await import("../../cluster-engine/connect.ts");
  return connectCluster(requireEngine(values).kubeconfig).resource<Snapshot>(snapshots);
}
type Access = Awaited<ReturnType<typeof connect>>;

const size = (bytes: number) => (bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`);

const actions: Record<string, (access: Access, name: string) => Promise<void>> = {
  async create(access, name) {
    const { status } = await access.create({ metadata: { name } } as Snapshot);
    console.log(`snapshot "${name}" has ${status.objects} objects, up to revision ${status.revision} (${size(status.bytes)})`);
  },
  async list(access) {
    const { items } = await access.list();
    if (items.length === 0) console.log('no snapshots: make one with "wherry snapshot create NAME"');
    for (const { metadata, status } of items)
      console.log([metadata.name, metadata.creationTimestamp, `${status.objects} objects`, size(status.bytes)].join("  "));
  },
  async restore(access, name) {
    const { status } = await access.createSubresource<{ status: { written: number; deleted: number; before?: string } }>({ name }, "restore", {});
    console.log(`the cluster is as in snapshot "${name}": ${status.written} objects written, ${status.deleted} deleted`);
    if (status.before) console.log(`what was before is in snapshot "${status.before}"`);
  },
  async delete(access, name) {
    await access.delete({ name });
    console.log(`snapshot "${name}" deleted`);
  },
};

/** The file of `--from-snapshot`: a path, or the name of a snapshot of the default cluster. @throws Error when there is none */
export function snapshotFile(given: string): string {
  const named = resolve(dataPaths(defaultDataDir()).snapshots, `${given}.snapshot`);
  const found = [resolve(given), named].find((path) => existsSync(path));
  if (!found)
    throw new Error(`--from-snapshot: there is neither a file ${resolve(given)} nor a snapshot "${given}" of the default cluster (${named})`);
  return found;
}
