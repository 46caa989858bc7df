import { createHash } from "node:crypto";
import { RuntimeError, type Helper, type HelperConfig } from "../types.ts";
import { containerName, type DockerContext, type InspectedContainer } from "./engineTypes.ts";
import { isCode, unlessGone } from "./errors.ts";
import { imageStatus } from "./images.ts";
import { label } from "./labels.ts";

/** Starts a helper container, or takes the running one when its configuration is the same. With `address` it has that one on the pod network. */
export async function runHelper(context: DockerContext, config: HelperConfig, address?: string): Promise<Helper> {
  const name = containerName(context.clusterId, ["HELPER", config.name]);
  const image = await imageStatus(context, config.image);
  if (!image) throw new RuntimeError("ImageNotFound", `no such image: ${config.image}`);
  const hash = createHash("sha256")
    .update(JSON.stringify([config, image.id]))
    .digest("hex")
    .slice(0, 16);
  const existing = await inspectByName(context, name);
  if (existing?.State.Running && existing.Config.Labels[label.config] === hash) return toHelper(existing, config);
  if (existing) await remove(context, existing);
  const created = await context.client.call<{ Id: string }>({
    method: "POST",
    path: "/containers/create",
    query: { name },
    body: helperSpec(context, config, { imageId: image.id, hash, address }),
  });
  await context.client.call({ method: "POST", path: `/containers/${created.Id}/start`, timeoutMs: 60_000 });
  return toHelper(await context.client.call<InspectedContainer>({ path: `/containers/${created.Id}/json` }), config);
}

export async function removeHelper(context: DockerContext, name: string): Promise<void> {
  const existing = await inspectByName(context, containerName(context.clusterId, ["HELPER", name]));
  if (existing) await remove(context, existing);
}

async function inspectByName(context: DockerContext, name: string): Promise<InspectedContainer | undefined> {
  try {
    const found = await context.client.call<InspectedContainer>({ path: `/containers/${name}/json` });
    if (found.Config.Labels[label.cluster] !== context.clusterId)
      throw new RuntimeError("AlreadyExists", `container ${name} was not made by this cluster`);
    return found;
  } catch (error) {
    if (isCode(error, "NotFound")) return undefined;
    throw error;
  }
}

const remove = (context: DockerContext, container: InspectedContainer): Promise<void> =>
  unlessGone(context.client.call({ method: "DELETE", path: `/containers/${container.Id}`, query: { force: true, v: true } }));

function helperSpec(
  context: DockerContext,
  config: HelperConfig,
  { imageId, hash, address }: { imageId: string; hash: string; address: string | undefined },
) {
  const ports = config.hostNetwork ? [] : config.ports;
  return {
    Image: imageId,
    Entrypoint: config.command,
    Env: Object.entries(config.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...config.labels, [label.cluster]: context.clusterId, [label.role]: "helper", [label.config]: hash },
    ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
    ...(address ? { NetworkingConfig: { EndpointsConfig: { [context.networkName]: { IPAMConfig: { IPv4Address: address } } } } } : {}),
    HostConfig: {
      NetworkMode: config.hostNetwork ? "host" : context.networkName,
      ...(config.hostPID ? { PidMode: "host" } : {}),
      CapAdd: config.capabilities,
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      PortBindings: Object.fromEntries(ports.map((port) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: "" }]])),
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
    },
  };
}

function toHelper(container: InspectedContainer, config: HelperConfig): Helper {
  return {
    id: container.Id,
    address(port) {
      if (config.hostNetwork) return { host: "127.0.0.1", port };
      const published = container.NetworkSettings.Ports?.[`${port}/tcp`]?.[0];
      if (!published) throw new RuntimeError("NotFound", `helper ${config.name} publishes no port ${port}`);
      return { host: published.HostIp, port: Number(published.HostPort) };
    },
  };
}
