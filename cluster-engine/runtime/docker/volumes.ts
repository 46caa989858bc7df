import type { DockerContext } from "./engineTypes.ts";
import { unlessGone } from "./errors.ts";
import { label, labelFilter, userLabels, type Labels } from "./labels.ts";

export async function createVolume(
  context: DockerContext,
  name: string,
  options: { medium?: "Memory"; sizeLimitBytes?: number; labels: Labels },
): Promise<void> {
  const size = options.sizeLimitBytes ? [`size=${options.sizeLimitBytes}`] : [];
  const memory = { type: "tmpfs", device: "tmpfs", o: ["mode=1777", ...size].join(",") };
  await context.client.call({
    method: "POST",
    path: "/volumes/create",
    body: {
      Name: name,
      Driver: "local",
      DriverOpts: options.medium === "Memory" ? memory : {},
      Labels: { ...options.labels, [label.cluster]: context.clusterId },
    },
  });
}

export const removeVolume = (context: DockerContext, name: string): Promise<void> =>
  unlessGone(context.client.call({ method: "DELETE", path: `/volumes/${name}`, query: { force: true } }));

export async function listVolumes(context: DockerContext, filter: { podUid?: string }): Promise<{ name: string; labels: Labels }[]> {
  const filters = labelFilter({ [label.cluster]: context.clusterId, [label.podUid]: filter.podUid } as Record<string, string>);
  const answer = await context.client.call<{ Volumes: { Name: string; Labels: Labels | null }[] | null }>({ path: "/volumes", query: { filters } });
  return (answer.Volumes ?? []).map((volume) => ({ name: volume.Name, labels: userLabels(volume.Labels ?? {}) }));
}
