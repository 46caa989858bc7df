import type { APIService, Endpoints, Lease, LimitRange, LimitRangeItem, PodDisruptionBudget, ResourceQuota, RuntimeClass, ServiceAccount } from "../../../shared/kubernetes/types.ts";
import * as R from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { pathSegmentName, subdomainName } from "./nameRules.ts";

export const serviceAccounts = kindStrategy<ServiceAccount>(R.ServiceAccounts, { name: subdomainName });

export const endpoints = kindStrategy<Endpoints>(R.Endpoints, {
  name: subdomainName,
  defaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  strategy: { allowCreateOnUpdate: true },
});

export const limitRanges = kindStrategy<LimitRange>(R.LimitRanges, {
  name: subdomainName,
  defaults: ({ spec }) => spec?.limits?.forEach(defaultLimits),
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

export const resourceQuotas = kindStrategy<ResourceQuota>(R.ResourceQuotas, { name: subdomainName, status: true });
export const leases = kindStrategy<Lease>(R.Leases, { name: subdomainName, strategy: { allowCreateOnUpdate: true, allowUnconditionalUpdate: false } });
export const podDisruptionBudgets = kindStrategy<PodDisruptionBudget>(R.PodDisruptionBudgets, { name: subdomainName, status: true, generation: ["spec"] });
export const runtimeClasses = kindStrategy<RuntimeClass>(R.RuntimeClasses, { name: subdomainName });
export const apiServices = kindStrategy<APIService>(R.APIServices, { name: pathSegmentName, status: true });
