import type {
  LimitRange,
  LimitRangeItem,
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../../../shared/kubernetes/types.ts";
import { LimitRanges, ResourceQuotas } from "../../api/resources.ts";
import { parseQuantity, type Quantity } from "../../api/quantity.ts";
import { qualifiedName } from "../../api/names.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";
import { amountsOf } from "./podAmounts.ts";
import { allowsOvercommit, isQuotaResource, validateLimitRangeResourceName, validateQuotaResourceName } from "./resourceNames.ts";
import { validateResourceQuantity } from "./resourceRequirements.ts";

const scopes = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "VolumeAttributesClass",
  "CrossNamespacePodAffinity",
];
const existenceOnly = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const oppositeScopes = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
];
const podResources = ["pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
const claimResources = ["persistentvolumeclaims", "requests.storage"];

export const resourceQuotas = kindStrategy<ResourceQuota>(ResourceQuotas, {
  name: subdomainName,
  status: true,
  validate: ({ spec }, problems) => validateQuota(spec ?? {}, problems),
  validateUpdate({ spec }, old, problems) {
    validateQuota(spec ?? {}, problems);
    const sorted = (list: string[] | undefined): string[] => [...(list ?? [])].sort();
    if (!sameValue(sorted(spec?.scopes), sorted(old.spec?.scopes))) problems.invalid("spec.scopes", spec?.scopes ?? null, "field is immutable");
  },
  validateStatusUpdate({ status }, _old, problems) {
    for (const part of ["hard", "used"] as const) {
      for (const [name, amount] of Object.entries(status?.[part] ?? {})) {
        validateQuotaResourceName(name, `status.${part}[${name}]`, problems);
        validateResourceQuantity(name, parseQuantity(amount), `status.${part}[${name}]`, problems);
      }
    }
  },
  strategy: { warnings: (quota, old) => (old ? [] : quotaWarnings(quota.spec?.hard ?? {})) },
});

/** Requests allowed to exceed limits. */
function quotaWarnings(hard: NonNullable<ResourceQuotaSpec["hard"]>): string[] {
  return ["cpu", "memory", "storage", "ephemeral-storage"].flatMap((name) => {
    const bare = name === "cpu" || name === "memory" ? name : "";
    const requests = hard[`requests.${name}`] === undefined ? bare : `requests.${name}`;
    const [request, limit] = [hard[requests], hard[`limits.${name}`]];
    if (request === undefined || limit === undefined || parseQuantity(request).compare(parseQuantity(limit)) <= 0) return [];
    return [`ResourceQuota ${requests} (${String(parseQuantity(request))}) should be less than limits.${name} (${String(parseQuantity(limit))})`];
  });
}

function validateQuota(spec: ResourceQuotaSpec, problems: Problems): void {
  for (const [name, amount] of Object.entries(spec.hard ?? {})) {
    validateQuotaResourceName(name, `spec.hard[${name}]`, problems);
    validateResourceQuantity(name, parseQuantity(amount), `spec.hard[${name}]`, problems);
  }
  const limited = Object.keys(spec.hard ?? {})
    .filter(isQuotaResource)
    .sort();
  for (const scope of spec.scopes ?? []) {
    if (!scopes.includes(scope)) problems.invalid("spec.scopes", spec.scopes, "unsupported scope");
    for (const name of limited) if (!isScoped(scope, name)) problems.invalid("spec.scopes", spec.scopes, "unsupported scope applied to resource");
  }
  validateOpposites(spec.scopes ?? [], spec, problems);
  if (!spec.scopeSelector) return;
  const requirements = spec.scopeSelector.matchExpressions ?? [];
  for (const requirement of requirements) validateScopeRequirement(requirement, limited, spec, problems);
  validateOpposites(
    requirements.map(({ scopeName }) => scopeName),
    spec,
    problems,
  );
}

function validateOpposites(given: string[], spec: ResourceQuotaSpec, problems: Problems): void {
  for (const pair of oppositeScopes)
    if (pair.every((scope) => given.includes(scope))) problems.invalid("spec.scopes", spec.scopes ?? null, "conflicting scopes");
}

/** True when a scope says something about a resource. */
function isScoped(scope: string, name: string): boolean {
  if (scope === "BestEffort") return name === "pods";
  if (scope === "VolumeAttributesClass") return claimResources.includes(name);
  return !scopes.includes(scope) || podResources.includes(name);
}

function validateScopeRequirement(
  { scopeName, operator, values }: ScopedResourceSelectorRequirement,
  limited: string[],
  spec: ResourceQuotaSpec,
  problems: Problems,
): void {
  const path = "spec.scopeSelector.matchExpressions";
  if (!scopes.includes(scopeName)) problems.invalid(`${path}.scopeName`, scopeName, "unsupported scope");
  for (const name of limited) if (!isScoped(scopeName, name)) problems.invalid(path, spec.scopeSelector, "unsupported scope applied to resource");
  if (existenceOnly.includes(scopeName) && operator !== "Exists") {
    problems.invalid(
      `${path}.operator`,
      operator,
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
    );
  }
  if (operator === "In" || operator === "NotIn") {
    if (!values?.length) problems.required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values?.length)
      problems.invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
  } else problems.invalid(`${path}.operator`, operator, "not a valid selector operator");
}

export const limitRanges = kindStrategy<LimitRange>(LimitRanges, {
  name: subdomainName,
  defaults: ({ spec }) => spec?.limits?.forEach(defaultLimits),
  validate({ spec }, problems) {
    const types = new Set<string>();
    spec?.limits?.forEach((item, i) => {
      if (types.has(item.type)) problems.duplicate(`spec.limits[${i}].type`, item.type);
      types.add(item.type);
      validateLimits(item, `spec.limits[${i}]`, problems);
    });
  },
  strategy: { allowCreateOnUpdate: true },
});

/** Limits of containers: the default limit falls back to the maximum, the default request to the default limit and the minimum. */
function defaultLimits(item: LimitRangeItem): void {
  if (item.type !== "Container") return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateLimits(item: LimitRangeItem, path: string, problems: Problems): void {
  problems.invalidEach(`${path}.type`, item.type, qualifiedName(item.type));
  const isPod = item.type === "Pod";
  const parts = isPod
    ? (["max", "min", "maxLimitRequestRatio"] as const)
    : (["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const);
  const names = new Set<string>();
  for (const part of parts) {
    for (const name in item[part]) {
      validateLimitRangeResourceName(item.type, name, `${path}.${part}[${name}]`, problems);
      names.add(name);
    }
  }
  if (isPod)
    for (const part of ["default", "defaultRequest"] as const)
      if (Object.keys(item[part] ?? {}).length > 0) problems.forbidden(`${path}.${part}`, "may not be specified when `type` is 'Pod'");
  if (item.type === "PersistentVolumeClaim" && item.min?.storage === undefined && item.max?.storage === undefined) {
    problems.required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided");
  }
  const amounts = {
    min: amountsOf(item.min),
    max: amountsOf(item.max),
    default: amountsOf(item.default),
    defaultRequest: amountsOf(item.defaultRequest),
    ratio: amountsOf(item.maxLimitRequestRatio),
  };
  for (const name of names) {
    compareLimits(
      name,
      { min: amounts.min[name], max: amounts.max[name], limit: amounts.default[name], request: amounts.defaultRequest[name] },
      path,
      problems,
    );
    validateRatio(amounts.ratio[name], amounts.min[name], amounts.max[name], `${path}.maxLimitRequestRatio[${name}]`, problems);
  }
}

interface Bounds {
  min: Quantity | undefined;
  max: Quantity | undefined;
  limit: Quantity | undefined;
  request: Quantity | undefined;
}

// The fields and values are named as Kubernetes names them, also where it names the other one of the pair.
function compareLimits(name: string, { min, max, limit, request }: Bounds, path: string, problems: Problems): void {
  const above = (a: Quantity | undefined, b: Quantity | undefined): boolean => !!a && !!b && a.compare(b) > 0;
  const say = (part: string, value: Quantity | undefined, detail: string): void =>
    problems.invalid(`${path}.${part}[${name}]`, String(value), detail);
  if (above(min, max)) say("min", min, `min value ${String(min)} is greater than max value ${String(max)}`);
  if (above(min, request)) say("defaultRequest", request, `min value ${String(min)} is greater than default request value ${String(request)}`);
  if (above(request, max)) say("defaultRequest", request, `default request value ${String(request)} is greater than max value ${String(max)}`);
  if (above(request, limit))
    say("defaultRequest", request, `default request value ${String(request)} is greater than default limit value ${String(limit)}`);
  if (above(min, limit)) say("default", min, `min value ${String(min)} is greater than default value ${String(limit)}`);
  if (above(limit, max)) say("default", max, `default value ${String(limit)} is greater than max value ${String(max)}`);
  if (!allowsOvercommit(name) && limit && request && limit.compare(request) !== 0)
    say("defaultRequest", request, `default value ${String(limit)} must equal to defaultRequest value ${String(request)} in ${name}`);
}

function validateRatio(ratio: Quantity | undefined, min: Quantity | undefined, max: Quantity | undefined, field: string, problems: Problems): void {
  if (!ratio) return;
  if (ratio.compare(parseQuantity("1")) < 0) problems.invalid(field, String(ratio), `ratio ${String(ratio)} is less than 1`);
  if (!min || !max || min.sign() === 0) return;
  const limit = Number(max.nano) / Number(min.nano);
  if (ratio.toNumber() > limit) problems.invalid(field, String(ratio), `ratio ${String(ratio)} is greater than max/min = ${limit.toFixed(6)}`);
}
