import type { TopologySpreadConstraint } from "../../../shared/kubernetes/types.ts";
import type { FieldError } from "../../api/fieldError.ts";
import { qualifiedName } from "../../api/names.ts";
import { duplicate, forbidden, invalidEach, invalidValue, notSupported, required } from "../../api/validationErrors.ts";
import type { ResourceWeight, ScoringStrategy, ShapePoint } from "../plugins/resourceScores.ts";
import { anything, flag, integer, list, object, type Shape, shapeErrors, text } from "./fields.ts";
import { milliseconds } from "./duration.ts";
import type { PluginArguments } from "./types.ts";

const resources = list(object({ name: text, weight: integer }));
const points = list(object({ utilization: integer, score: integer }));
const typeMeta = { apiVersion: text, kind: text };

/** The fields of each plugin's arguments. */
const shapes: Record<string, Shape> = {
  DefaultPreemption: object({ ...typeMeta, minCandidateNodesPercentage: integer, minCandidateNodesAbsolute: integer }),
  DynamicResources: object({ ...typeMeta, filterTimeout: text, bindingTimeout: text }),
  InterPodAffinity: object({ ...typeMeta, hardPodAffinityWeight: integer, ignorePreferredTermsOfExistingPods: flag }),
  NodeAffinity: object({ ...typeMeta, addedAffinity: anything }),
  NodeResourcesBalancedAllocation: object({ ...typeMeta, resources }),
  NodeResourcesFit: object({
    ...typeMeta,
    ignoredResources: list(text),
    ignoredResourceGroups: list(text),
    scoringStrategy: object({ type: text, resources, requestedToCapacityRatio: object({ shape: points }) }),
  }),
  PodTopologySpread: object({ ...typeMeta, defaultConstraints: list(anything), defaultingType: text }),
  VolumeBinding: object({ ...typeMeta, bindTimeoutSeconds: integer, shape: points }),
};

type Checks = { [K in keyof PluginArguments]-?: (args: NonNullable<PluginArguments[K]>, path: string) => FieldError[] };

const outside = (path: string, value: number | undefined, from: number, to: number, detail: string): FieldError[] =>
  value !== undefined && (value < from || value > to) ? [invalidValue(path, value, detail)] : [];

const checks: Checks & { DynamicResources(args: object, path: string): FieldError[] } = {
  DefaultPreemption({ minCandidateNodesPercentage: percentage = 10, minCandidateNodesAbsolute: absolute = 100 }, path) {
    const [percentagePath, absolutePath] = [`${path}.minCandidateNodesPercentage`, `${path}.minCandidateNodesAbsolute`];
    const errors = [
      ...outside(percentagePath, percentage, 0, 100, "not in valid range [0, 100]"),
      ...outside(absolutePath, absolute, 0, Infinity, "not in valid range [0, inf)"),
    ];
    if (percentage !== 0 || absolute !== 0) return errors;
    return [
      ...errors,
      invalidValue(percentagePath, 0, "cannot be zero at the same time as minCandidateNodesAbsolute"),
      invalidValue(absolutePath, 0, "cannot be zero at the same time as minCandidateNodesPercentage"),
    ];
  },
  DynamicResources(args, path) {
    const { bindingTimeout } = args as { bindingTimeout?: string };
    return bindingTimeout === undefined ? [] : durationErrors(bindingTimeout, `${path}.bindingTimeout`, 1_000, "must be at least 1 second");
  },
  InterPodAffinity: ({ hardPodAffinityWeight }, path) =>
    outside(`${path}.hardPodAffinityWeight`, hardPodAffinityWeight, 0, 100, "not in valid range [0, 100]"),
  NodeAffinity({ addedAffinity }, path) {
    const field = `${path}.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const selector = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    return selector && !selector.nodeSelectorTerms?.length ? [required(field, "must have at least one node selector term")] : [];
  },
  NodeResourcesBalancedAllocation({ resources: weights = [] }, path) {
    return weights.flatMap(({ name, weight = 1 }, i) => [
      ...(weights.findIndex((other) => other.name === name) < i ? [duplicate(`${path}.resources[${i}].name`, name)] : []),
      ...(weight === 1 ? [] : [invalidValue(`${path}.resources[${i}].weight`, weight, "must be 1")]),
    ]);
  },
  NodeResourcesFit({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy }, path) {
    const name = (value: string, field: string) => invalidEach(field, value, qualifiedName(value));
    return [
      ...ignoredResources.flatMap((value, i) => name(value, `${path}.ignoredResources[${i}]`)),
      ...ignoredResourceGroups.flatMap((value, i) =>
        value.includes("/")
          ? [invalidValue(`${path}.ignoredResourceGroups[${i}]`, value, "resource group name can't contain '/'")]
          : name(value, `${path}.ignoredResourceGroups[${i}]`),
      ),
      ...(scoringStrategy ? strategyErrors(scoringStrategy, `${path}.scoringStrategy`) : []),
    ];
  },
  PodTopologySpread({ defaultingType = "System", defaultConstraints = [] }, path) {
    const field = `${path}.defaultingType`;
    if (defaultingType !== "System" && defaultingType !== "List") return [notSupported(field, defaultingType, ["System", "List"])];
    const clash = defaultingType === "System" && defaultConstraints.length > 0;
    return [
      ...(clash ? [invalidValue(field, defaultingType, "when .defaultConstraints are not empty")] : []),
      ...defaultConstraints.flatMap((_, i) => constraintErrors(defaultConstraints, i, `${path}.defaultConstraints[${i}]`)),
    ];
  },
  VolumeBinding(args, path) {
    const { shape, bindTimeoutSeconds } = args as { shape?: unknown; bindTimeoutSeconds?: number };
    const gate = "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring";
    return [
      ...outside(`${path}.bindTimeoutSeconds`, bindTimeoutSeconds, 0, Infinity, "invalid BindTimeoutSeconds, should not be a negative value"),
      ...(shape === undefined ? [] : [invalidValue(`${path}.shape`, shape, gate)]),
    ];
  },
};

/** What is wrong with the arguments of a plugin; those of plugins that are not known are not looked at. */
export function pluginArgErrors(plugin: string, args: unknown, path: string): FieldError[] {
  const shape = shapes[plugin];
  if (!shape || args === undefined || args === null) return [];
  const errors = shapeErrors(args, shape, path);
  const { kind } = args as { kind?: string };
  if (kind !== undefined && kind !== `${plugin}Args`) errors.push(invalidValue(`${path}.kind`, kind, "has to match plugin args"));
  return errors.length > 0 ? errors : checks[plugin as keyof Checks](args, path);
}

export function durationErrors(value: string, path: string, least: number, detail: string): FieldError[] {
  try {
    return milliseconds(value) < least ? [invalidValue(path, value, detail)] : [];
  } catch (error) {
    return [invalidValue(path, value, (error as Error).message)];
  }
}

function strategyErrors(
  { type = "LeastAllocated", resources: weights = [], requestedToCapacityRatio }: Partial<ScoringStrategy>,
  path: string,
): FieldError[] {
  const types = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"];
  const errors = types.includes(type) ? [] : [notSupported(`${path}.type`, type, types)];
  errors.push(...weights.flatMap((resource, i) => weightErrors(resource, `${path}.resources[${i}].weight`)));
  const field = `${path}.requestedToCapacityRatio`;
  if (type === "RequestedToCapacityRatio")
    errors.push(
      ...(requestedToCapacityRatio
        ? shapePointErrors(requestedToCapacityRatio.shape ?? [], `${field}.shape`)
        : [required(field, "must be specified when type is RequestedToCapacityRatio")]),
    );
  else if (requestedToCapacityRatio) errors.push(forbidden(field, "must be nil when type is not RequestedToCapacityRatio"));
  return errors;
}

const weightErrors = ({ name, weight = 1 }: ResourceWeight, path: string): FieldError[] =>
  outside(path, weight, 1, 100, `resource weight of ${name} not in valid range (0, 100]`);

function shapePointErrors(shape: readonly ShapePoint[], path: string): FieldError[] {
  if (shape.length === 0) return [required(path, "at least one point must be specified")];
  const unsorted = shape.findIndex((point, i) => i > 0 && shape[i - 1]!.utilization >= point.utilization);
  return [
    ...(unsorted < 0
      ? []
      : [invalidValue(`${path}[${unsorted}].utilization`, shape[unsorted]!.utilization, "values must be sorted in increasing order")]),
    ...shape.flatMap(({ utilization, score }, i) => [
      ...outside(`${path}[${i}].utilization`, utilization, 0, 100, "not in valid range [0, 100]"),
      ...outside(`${path}[${i}].score`, score, 0, 10, "not in valid range [0, 10]"),
    ]),
  ];
}

function constraintErrors(all: readonly TopologySpreadConstraint[], i: number, path: string): FieldError[] {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = all[i]!;
  const same = (other: TopologySpreadConstraint) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable;
  const actions = ["DoNotSchedule", "ScheduleAnyway"];
  return [
    ...(maxSkew > 0 ? [] : [invalidValue(`${path}.maxSkew`, maxSkew, "not in valid range (0, inf)")]),
    ...(topologyKey
      ? invalidEach(`${path}.topologyKey`, topologyKey, qualifiedName(topologyKey))
      : [required(`${path}.topologyKey`, "can not be empty")]),
    ...(!whenUnsatisfiable
      ? [required(`${path}.whenUnsatisfiable`, "can not be empty")]
      : actions.includes(whenUnsatisfiable)
        ? []
        : [notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, actions)]),
    ...(labelSelector ? [forbidden(`${path}.labelSelector`, "constraint must not define a selector, as they deduced for each pod")] : []),
    ...(all.slice(0, i).some(same) ? [duplicate(path, `{${topologyKey}, ${whenUnsatisfiable}}`)] : []),
  ];
}
