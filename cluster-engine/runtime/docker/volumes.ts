import type { DockerContext } from "./engineTypes.ts";
import { isCode, unlessGone } from "./errors.ts";
import { label, labelFilter, userLabels, type Labels } from "./labels.ts";

interface VolumeOptions {
  medium?: "Memory";
  sizeLimitBytes?: number;
  labels: Labels;
}

export async function createVolume(context: DockerContext, name: string, options: VolumeOptions): Promise<void> {
  try {
    await create(context, name, options);
  } catch (error) {
    // Podman takes a size for a quota of its own, which few file systems have: without it the memory limit must do.
    if (!options.sizeLimitBytes || !/size and inodes/.test((error as Error).message)) throw error;
    const { sizeLimitBytes: _size, ...unlimited } = options;
    await create(context, name, unlimited);
  }
}

async function create(context: DockerContext, name: string, options: VolumeOptions): Promise<void> {
  const size = options.sizeLimitBytes ? [`size=${options.sizeLimitBytes}`] : [];
  const memory = { type: "tmpfs", device: "tmpfs", o: ["mode=1777", ...size].join(",") };
  const labels = { ...options.labels, [label.cluster]: context.clusterId };
  const body = { Name: name, Driver: "local", DriverOpts: options.medium === "Memory" ? memory : {}, Labels: labels };
  try {
    await context.client.call({ method: "POST", path: "/volumes/create", body });
  } catch (error) {
    if (!isCode(error, "AlreadyExists") && !/already exists/i.test((error as Error).message)) throw error;
  }
}

export const removeVolume = (context: DockerContext, name: string): Promise<void> =>
  unlessGone(context.client.call({ method: "DELETE", path: `/volumes/${name}`, query: { force: true } }));

export async function listVolumes(context: DockerContext, filter: { podUid?: string }): Promise<{ name: string; labels: Labels }[]> {
  const filters = labelFilter({ [label.cluster]: context.clusterId, [label.podUid]: filter.podUid } as Record<string, string>);
  const answer = await context.client.call<{ Volumes: { Name: string; Labels: Labels | null }[] | null }>({ path: "/volumes", query: { filters } });
  return (answer.Volumes ?? []).map((volume) => ({ name: volume.Name, labels: userLabels(volume.Labels ?? {}) }));
}
