import { basename, dirname } from "node:path";
import { RuntimeError } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { unlessGone } from "./errors.ts";
import { label } from "./labels.ts";

const timeoutMs = 60_000;
const script = "require('node:fs').rmSync('/parent/' + process.argv[1], { recursive: true, force: true })";

/** Removes a folder as the engine's root, in a short-lived container of the sandbox image: this process may not be allowed to. */
export async function removeHostPath({ client, clusterId, sandboxImage }: DockerContext, path: string): Promise<void> {
  const created = await client.call<{ Id: string }>({
    method: "POST",
    path: "/containers/create",
    body: {
      Image: sandboxImage,
      Entrypoint: ["/usr/bin/node", "-e", script, basename(path)],
      Labels: { [label.cluster]: clusterId, [label.role]: "helper" },
      HostConfig: { NetworkMode: "none", Mounts: [{ Type: "bind", Source: dirname(path), Target: "/parent" }] },
    },
  });
  try {
    await client.call({ method: "POST", path: `/containers/${created.Id}/start`, timeoutMs });
    const { StatusCode } = await client.call<{ StatusCode: number }>({ method: "POST", path: `/containers/${created.Id}/wait`, timeoutMs });
    if (StatusCode !== 0) throw new RuntimeError("Unknown", `removing ${path} ended with ${StatusCode}`);
  } finally {
    await unlessGone(client.call({ method: "DELETE", path: `/containers/${created.Id}`, query: { force: true, v: true } }));
  }
}
