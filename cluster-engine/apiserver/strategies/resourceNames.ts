import { qualifiedName } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

const containerResources = new Set(["cpu", "memory", "ephemeral-storage"]);
const quotaObjects = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
];
const quotaResources = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  ...quotaObjects,
]);
const standardResources = new Set([...quotaResources, "storage"]);
const integerResources = new Set(quotaObjects);

export const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
const isStandardContainerResource = (name: string): boolean => containerResources.has(name) || isHugePages(name);

/** Kubernetes' own resources, as opposed to `vendor.example/thing`. */
export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith("requests.") && qualifiedName(`requests.${name}`).length === 0;
export const allowsOvercommit = (name: string): boolean => isNativeResource(name) && !isHugePages(name);
export const isIntegerResource = (name: string): boolean => integerResources.has(name) || isExtendedResource(name);

/** @returns whether more may be said about the name. */
function validateResourceName(name: string, field: string, problems: Problems): void {
  const messages = qualifiedName(name);
  if (messages.length > 0) return problems.invalidEach(field, name, messages);
  if (!name.includes("/") && !standardResources.has(name) && !isHugePages(name))
    problems.invalid(field, name, "must be a standard resource type or fully qualified");
}

/** Names in requests and limits of containers. */
export function validateContainerResourceName(name: string, field: string, problems: Problems): void {
  if (containerResources.has(name)) return;
  validateResourceName(name, field, problems);
  if (!name.includes("/")) {
    if (!isStandardContainerResource(name)) problems.invalid(field, name, "must be a standard resource for containers");
  } else if (!isNativeResource(name) && !isExtendedResource(name)) problems.invalid(field, name, "doesn't follow extended resource name standard");
}

/** Names in ResourceQuotas: also `count/deployments.apps` and `gold.storageclass.storage.k8s.io/requests.storage`. */
export function validateQuotaResourceName(name: string, field: string, problems: Problems): void {
  validateResourceName(name, field, problems);
  if (!name.includes("/") && !isQuotaResource(name)) problems.invalid(field, name, "must be a standard resource for quota");
}

export const isQuotaResource = (name: string): boolean => quotaResources.has(name) || /^(requests\.)?hugepages-/.test(name);

/** Names in LimitRanges of pods and containers, and of everything else. */
export function validateLimitRangeResourceName(type: string, name: string, field: string, problems: Problems): void {
  if (type === "Pod" || type === "Container") validateContainerResourceName(name, field, problems);
  else validateResourceName(name, field, problems);
}
