import { parse as parseYaml } from "yaml";
import type { FieldError } from "../../api/fieldError.ts";
import { duplicate, fieldErrorMessage, invalidValue, required } from "../../api/validationErrors.ts";
import { registry } from "../registry.ts";
import { type ExtensionPoint, extensionPoints } from "../types.ts";
import { anything, flag, integer, list, object, shapeErrors, text } from "./fields.ts";
import { durationErrors, pluginArgErrors } from "./pluginArgs.ts";
import { defaultSchedulerName } from "./profiles.ts";
import type { ExtenderConfiguration, PluginSet, ProfileConfiguration, SchedulerConfiguration } from "./types.ts";

const apiVersion = "kubescheduler.config.k8s.io/v1";
const kind = "KubeSchedulerConfiguration";

const pluginSet = object({ enabled: list(object({ name: text, weight: integer })), disabled: list(object({ name: text, weight: integer })) });
const tls = { insecure: flag, serverName: text, certFile: text, keyFile: text, caFile: text, certData: text, keyData: text, caData: text };

const shape = object({
  apiVersion: text,
  kind: text,
  parallelism: integer,
  // These say how the original runs, not how pods are placed.
  leaderElection: anything,
  clientConnection: anything,
  enableProfiling: flag,
  enableContentionProfiling: flag,
  delayCacheUntilActive: flag,
  percentageOfNodesToScore: integer,
  podInitialBackoffSeconds: integer,
  podMaxBackoffSeconds: integer,
  profiles: list(
    object({
      schedulerName: text,
      percentageOfNodesToScore: integer,
      plugins: object(Object.fromEntries([...extensionPoints, "multiPoint"].map((point) => [point, pluginSet]))),
      pluginConfig: list(object({ name: text, args: anything })),
    }),
  ),
  extenders: list(
    object({
      urlPrefix: text,
      filterVerb: text,
      preemptVerb: text,
      prioritizeVerb: text,
      weight: integer,
      bindVerb: text,
      enableHTTPS: flag,
      tlsConfig: object(tls),
      httpTimeout: text,
      nodeCacheCapable: flag,
      managedResources: list(object({ name: text, ignoredByScheduler: flag })),
      ignorable: flag,
    }),
  ),
});

/** Reads a KubeSchedulerConfiguration, YAML or JSON. @throws Error that names every wrong field */
export function parseSchedulerConfiguration(source: string): SchedulerConfiguration {
  const value = (parseYaml(source) ?? {}) as SchedulerConfiguration & { apiVersion?: string; kind?: string; parallelism?: number };
  const errors = shapeErrors(value, shape, "");
  if (value.apiVersion !== apiVersion) errors.unshift(invalidValue("apiVersion", value.apiVersion ?? "", `must be "${apiVersion}"`));
  if (value.kind !== kind) errors.unshift(invalidValue("kind", value.kind ?? "", `must be "${kind}"`));
  if (errors.length === 0) errors.push(...valueErrors(value));
  if (errors.length > 0) throw new Error(errors.map((error) => `${error.field}: ${fieldErrorMessage(error)}`).join("\n"));
  return value;
}

function valueErrors({ parallelism = 16, ...value }: SchedulerConfiguration & { parallelism?: number }): FieldError[] {
  const { percentageOfNodesToScore, podInitialBackoffSeconds: initial = 1, podMaxBackoffSeconds: most = 10, profiles = [{}], extenders = [] } = value;
  return [
    ...(parallelism > 0 ? [] : [invalidValue("parallelism", parallelism, "should be an integer value greater than zero")]),
    ...(profiles.length === 0 ? [required("profiles")] : []),
    ...profiles.flatMap((profile, i) => profileErrors(profile, profiles, i)),
    ...percentageErrors(percentageOfNodesToScore, "percentageOfNodesToScore"),
    ...(initial > 0 ? [] : [invalidValue("podInitialBackoffSeconds", initial, "must be greater than 0")]),
    ...(most >= initial ? [] : [invalidValue("podMaxBackoffSeconds", most, "must be greater than or equal to PodInitialBackoffSeconds")]),
    ...extenderErrors(extenders),
  ];
}

const percentageErrors = (percentage: number | undefined, path: string): FieldError[] =>
  percentage !== undefined && (percentage < 0 || percentage > 100) ? [invalidValue(path, percentage, "not in valid range [0-100]")] : [];

function profileErrors(profile: ProfileConfiguration, all: readonly ProfileConfiguration[], i: number): FieldError[] {
  const path = `profiles[${i}]`;
  const name = (each: ProfileConfiguration) => each.schedulerName ?? (all.length === 1 ? defaultSchedulerName : "");
  const { plugins = {}, pluginConfig = [] } = profile;
  const queueSort = (each: ProfileConfiguration) => JSON.stringify(each.plugins?.queueSort ?? {});
  return [
    ...(name(profile) ? [] : [required(`${path}.schedulerName`)]),
    ...(name(profile) && all.findIndex((other) => name(other) === name(profile)) < i ? [duplicate(`${path}.schedulerName`, name(profile))] : []),
    ...percentageErrors(profile.percentageOfNodesToScore, `${path}.percentageOfNodesToScore`),
    ...Object.entries(plugins).flatMap(([point, set]) => pluginSetErrors(point, set, `${path}.plugins.${point}`)),
    ...(queueSort(profile) === queueSort(all[0]!)
      ? []
      : [invalidValue(`${path}.plugins.queueSort`, plugins.queueSort, "must be the same for all profiles")]),
    ...pluginConfig.flatMap(({ name: plugin, args }, j) => [
      ...(pluginConfig.findIndex((other) => other.name === plugin) < j ? [duplicate(`${path}.pluginConfig[${j}]`, plugin)] : []),
      ...pluginArgErrors(plugin, args, `${path}.pluginConfig[${j}].args`),
    ]),
  ];
}

function pluginSetErrors(point: string, { enabled = [] }: PluginSet, path: string): FieldError[] {
  return enabled.flatMap(({ name }, i) => {
    const field = `${path}.enabled[${i}]`;
    const known = registry[name];
    if (!known) return [invalidValue(field, name, "plugin does not exist")];
    if (point !== "multiPoint" && !known.points.includes(point as ExtensionPoint))
      return [invalidValue(field, name, `plugin does not extend ${point}`)];
    if (enabled.findIndex((other) => other.name === name) < i) return [duplicate(field, name)];
    return point === "queueSort" && i > 0 ? [invalidValue(field, name, "only one queue sort plugin can be enabled")] : [];
  });
}

function extenderErrors(extenders: readonly ExtenderConfiguration[]): FieldError[] {
  const seen = new Set<string>();
  const errors = extenders.flatMap(({ urlPrefix, prioritizeVerb, weight = 0, httpTimeout, managedResources = [] }, i) => {
    const path = `extenders[${i}]`;
    return [
      ...(urlPrefix ? [] : [required(`${path}.urlPrefix`)]),
      ...(prioritizeVerb && weight <= 0 ? [invalidValue(`${path}.weight`, weight, "must have a positive weight applied to it")] : []),
      ...(httpTimeout === undefined ? [] : durationErrors(httpTimeout, `${path}.httpTimeout`, 0, "must not be negative")),
      ...managedResources.flatMap(({ name }, j) => {
        const field = `${path}.managedResources[${j}].name`;
        const before = seen.has(name);
        seen.add(name);
        if (!name.includes("/")) return [invalidValue(field, name, "is an invalid extended resource name")];
        return before ? [invalidValue(field, name, "duplicate extender managed resource name")] : [];
      }),
    ];
  });
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length;
  if (binders > 1) errors.push(invalidValue("extenders", `found ${binders} extenders implementing bind`, "only one extender can implement bind"));
  return errors;
}
