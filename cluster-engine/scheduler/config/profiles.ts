import type { Enabled } from "../profile.ts";
import { Profile } from "../profile.ts";
import { type PluginParts, registry } from "../registry.ts";
import { type ExtensionPoint, extensionPoints, type Plugin } from "../types.ts";
import type { PluginArguments, PluginReference, PluginSet, ProfileConfiguration, SchedulerConfiguration } from "./types.ts";

export const defaultSchedulerName = "default-scheduler";

/** The profiles that a configuration describes, by scheduler name. @throws Error that names the field */
export function buildProfiles({ profiles = [{}], percentageOfNodesToScore = 0 }: SchedulerConfiguration, parts: PluginParts): Map<string, Profile> {
  const built = profiles.map((profile, i) => buildProfile(profile, { path: `profiles[${i}]`, parts, percentageOfNodesToScore }));
  return new Map(built.map((profile) => [profile.schedulerName, profile]));
}

interface BuildOptions {
  path: string;
  parts: PluginParts;
  percentageOfNodesToScore: number;
}

function buildProfile(profile: ProfileConfiguration, { path, parts, percentageOfNodesToScore }: BuildOptions): Profile {
  const args = Object.fromEntries((profile.pluginConfig ?? []).map(({ name, args: own }) => [name, own ?? undefined])) as PluginArguments;
  const made = new Map<string, Plugin>();
  const plugin = (name: string, field: string): Plugin => {
    const known = registry[name];
    if (!known) throw new Error(`${field}: Invalid value: "${name}": plugin does not exist`);
    const existing = made.get(name);
    if (existing) return existing;
    const created = known.make(args, parts);
    made.set(name, created);
    return created;
  };
  const enabled: Partial<Record<ExtensionPoint, Enabled[]>> = {};
  const everywhere = mergeDefaults(profile.plugins?.multiPoint);
  for (const { name } of everywhere) plugin(name, `${path}.plugins.multiPoint.enabled`);
  for (const point of extensionPoints)
    enabled[point] = enabledAt(point, everywhere, profile.plugins?.[point], (name) => plugin(name, `${path}.plugins.${point}.enabled`));
  if (enabled.queueSort?.length !== 1) throw new Error(`${path}.plugins.queueSort: Invalid value: exactly one queue sort plugin is needed`);
  if (enabled.bind?.length === 0) throw new Error(`${path}.plugins.bind: Required value: at least one bind plugin is needed`);
  return new Profile({
    schedulerName: profile.schedulerName ?? defaultSchedulerName,
    percentageOfNodesToScore: profile.percentageOfNodesToScore ?? percentageOfNodesToScore,
    enabled,
  });
}

/** The default plugins with some taken out, some changed in place, and some more at the end. */
function mergeDefaults({ enabled = [], disabled = [] }: PluginSet = {}): PluginReference[] {
  const out = new Set(disabled.map(({ name }) => name));
  const changed = new Map(enabled.map((reference) => [reference.name, reference]));
  const defaults = Object.keys(registry).filter((name) => !out.has("*") && !out.has(name));
  const kept = defaults.map((name) => changed.get(name) ?? { name });
  return [...kept, ...enabled.filter(({ name }) => !defaults.includes(name))];
}

/** Those that the point itself lists and that are enabled everywhere come first, then the others of everywhere, then the rest of its own. */
function enabledAt(point: ExtensionPoint, everywhere: PluginReference[], set: PluginSet = {}, plugin: (name: string) => Plugin): Enabled[] {
  const own = set.enabled ?? [];
  const out = new Set((set.disabled ?? []).map(({ name }) => name));
  const takesPart = (name: string) => registry[name]!.points.includes(point);
  const general = everywhere.filter(({ name }) => takesPart(name) && !out.has("*") && !out.has(name) && !own.some((each) => each.name === name));
  const isGeneral = ({ name }: PluginReference) => everywhere.some((each) => each.name === name);
  return [...own.filter(isGeneral), ...general, ...own.filter((each) => !isGeneral(each))].map(({ name, weight }) => ({
    plugin: plugin(name),
    weight: weight || registry[name]!.weight || 1,
  }));
}
