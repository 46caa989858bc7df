import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolumeClaim, Pod, ResourceQuota, ScopedResourceSelectorRequirement, Service } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { amountsOf, podAmounts, type Amounts } from "../strategies/podAmounts.ts";
import { podQosClass } from "../strategies/podQos.ts";

const one = parseQuantity("1");
const computeNames = ["cpu", "memory", "ephemeral-storage"];
/** Kinds of the core group whose plain name counts them too. */
const countedByName = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas", "services", "persistentvolumeclaims"];

/** What one object takes of the resources that quotas know. https://kubernetes.io/docs/concepts/policy/resource-quotas/ */
export function usageOf(object: KubeObject, { group, resource }: { group: string; resource: string }): Amounts {
  const usage: Amounts = { [`count/${group ? `${resource}.${group}` : resource}`]: one };
  if (group !== "") return usage;
  if (resource === "pods") return Object.assign(usage, podUsage(object as Pod));
  if (countedByName.includes(resource)) usage[resource] = one;
  if (resource === "services") Object.assign(usage, serviceUsage(object as Service));
  if (resource === "persistentvolumeclaims") Object.assign(usage, claimUsage(object as PersistentVolumeClaim));
  return usage;
}

function podUsage({ spec, status }: Pod): Amounts {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return {};
  return { pods: one, ...computeUsage(podAmounts(spec!, "requests"), podAmounts(spec!, "limits")) };
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Amounts = {};
  for (const name in requests) {
    if (!name.includes("/")) usage[name] = requests[name]!;
    usage[`requests.${name}`] = requests[name]!;
  }
  for (const name of computeNames) if (limits[name]) usage[`limits.${name}`] = limits[name];
  return usage;
}

function serviceUsage({ spec }: Service): Amounts {
  const ports = parseQuantity(spec?.ports?.length ?? 0);
  if (spec?.type === "NodePort") return { "services.nodeports": ports };
  if (spec?.type !== "LoadBalancer") return {};
  return { "services.loadbalancers": one, ...(spec.allocateLoadBalancerNodePorts === false ? {} : { "services.nodeports": ports }) };
}

function claimUsage({ spec }: PersistentVolumeClaim): Amounts {
  const size = amountsOf(spec?.resources?.requests).storage;
  const prefix = spec?.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io/` : "";
  const usage: Amounts = prefix ? { [`${prefix}persistentvolumeclaims`]: one } : {};
  if (!size) return usage;
  usage["requests.storage"] = size;
  if (prefix) usage[`${prefix}requests.storage`] = size;
  return usage;
}

/** Resources of a quota that each container must name, because the quota counts them; with the containers that do not. */
export function missingRequests({ spec }: Pod, limited: string[]): string | undefined {
  if (spec?.resources) return undefined;
  const needed = limited.filter((name) => /^((requests|limits)\.)?(cpu|memory)$/.test(name)).sort();
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const parts = needed.flatMap((name) => {
    const silent = containers.filter(({ resources }) => !computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits))[name]);
    return silent.length > 0 ? [`${name} for: ${[...new Set(silent.map((container) => container.name))].sort().join(",")}`] : [];
  });
  return parts.length > 0 ? `must specify ${parts.join("; ")}` : undefined;
}

/** True when all scopes of a quota hold for the object. Only pods have scopes. */
export function isInScope(quota: ResourceQuota, object: KubeObject, resource: string): boolean {
  const requirements: Pick<ScopedResourceSelectorRequirement, "scopeName" | "operator" | "values">[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" as const })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  return resource === "pods" && requirements.every((requirement) => matchesScope(object as Pod, requirement));
}

function matchesScope(
  { spec }: Pod,
  { scopeName, operator, values = [] }: Pick<ScopedResourceSelectorRequirement, "scopeName" | "operator" | "values">,
): boolean {
  const ends = spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
  switch (scopeName as string) {
    case "Terminating":
      return ends;
    case "NotTerminating":
      return !ends;
    case "BestEffort":
      return podQosClass(spec!) === "BestEffort";
    case "NotBestEffort":
      return podQosClass(spec!) !== "BestEffort";
    case "PriorityClass": {
      const name = spec?.priorityClassName ?? "";
      if (operator === "Exists") return name !== "";
      if (operator === "DoesNotExist") return name === "";
      return values.includes(name) === (operator === "In");
    }
    case "CrossNamespacePodAffinity":
      return usesOtherNamespaces(spec!);
    default:
      return false;
  }
}

function usesOtherNamespaces({ affinity }: NonNullable<Pod["spec"]>): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((part) => [
    ...(part?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(part?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some((term) => term.namespaces?.length || term.namespaceSelector);
}
