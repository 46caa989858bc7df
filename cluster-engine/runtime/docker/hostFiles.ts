import { basename, dirname } from "node:path";
import { RuntimeError } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { unlessGone } from "./errors.ts";
import { label } from "./labels.ts";

const timeoutMs = 60_000;
const removal = "require('node:fs').rmSync('/parent/' + process.argv[1], { recursive: true, force: true })";
/** Group and permissions as a volume with `fsGroup` has them: for the group to write, and for its folders to pass it on. */
const handover = `
const fs = require("node:fs");
const group = Number(process.argv[2]);
const give = (path) => {
  const found = fs.lstatSync(path);
  fs.lchownSync(path, found.uid, group);
  if (found.isSymbolicLink()) return;
  fs.chmodSync(path, (found.mode & 0o7777) | (found.isDirectory() ? 0o2770 : 0o660));
  if (found.isDirectory()) for (const name of fs.readdirSync(path)) give(path + "/" + name);
};
give("/parent/" + process.argv[1]);
`;

/** Removes a folder as the engine's root: this process may not be allowed to. */
export const removeHostPath = (context: DockerContext, path: string): Promise<void> =>
  runBeside(context, path, "removing", [removal, basename(path)]);

/** Gives a folder with all its files to a group, as the engine's root. */
export const giveHostPathToGroup = (context: DockerContext, path: string, group: number): Promise<void> =>
  runBeside(context, path, "changing the group of", [handover, basename(path), String(group)]);

/** Runs a script in a short-lived container of the sandbox image that sees the folder around `path` as /parent. */
async function runBeside({ client, clusterId, sandboxImage }: DockerContext, path: string, what: string, script: string[]): Promise<void> {
  const created = await client.call<{ Id: string }>({
    method: "POST",
    path: "/containers/create",
    body: {
      Image: sandboxImage,
      Entrypoint: ["/usr/bin/node", "-e", ...script],
      Labels: { [label.cluster]: clusterId, [label.role]: "helper" },
      HostConfig: { NetworkMode: "none", Mounts: [{ Type: "bind", Source: dirname(path), Target: "/parent" }] },
    },
  });
  try {
    await client.call({ method: "POST", path: `/containers/${created.Id}/start`, timeoutMs });
    const { StatusCode } = await client.call<{ StatusCode: number }>({ method: "POST", path: `/containers/${created.Id}/wait`, timeoutMs });
    if (StatusCode !== 0) throw new RuntimeError("Unknown", `${what} ${path} ended with ${StatusCode}`);
  } finally {
    await unlessGone(client.call({ method: "DELETE", path: `/containers/${created.Id}`, query: { force: true, v: true } }));
  }
}
