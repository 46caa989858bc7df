import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod, ResourceQuota } from "../../../shared/kubernetes/types.ts";
import { zeroQuantity } from "../../api/quantity.ts";
import { ResourceQuotas } from "../../api/resources.ts";
import type { StrategyContext } from "../strategy.ts";
import { addTo, amountsOf, type Amounts } from "../strategies/podAmounts.ts";
import { isInScope, missingRequests, usageOf } from "./quotaUsage.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

/** How long an admitted object counts on top of what the quota's status says, in ms, until its controller has seen it. */
const memory = 10_000;

interface Recent {
  resourceVersion: string;
  admitted: { usage: Amounts; until: number }[];
}

/** Admitted a moment ago, by the quota's uid: the quota controller writes the status, this only bridges its delay. */
const recent = new Map<string, Recent>();

/** Refuses what would exceed a ResourceQuota of the namespace. */
export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  async validate(attributes, context) {
    if (!isCharged(attributes)) return;
    const quotas = (await context.list(ResourceQuotas, attributes.namespace)).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (quotas.length === 0) return;
    const charges = quotas
      .map((quota) => ({ quota, usage: chargeOf(quota, attributes, context.clock.now()) }))
      .filter(({ usage }) => Object.keys(usage).length > 0);
    if (!attributes.dryRun) for (const { quota, usage } of charges) remember(quota, usage, context);
  },
};

function isCharged({ namespace, operation, subresource, resource, object }: AdmissionAttributes): boolean {
  if (!namespace || !object || resource.resource === "events" || resource.resource === "bindings") return false;
  if (operation === "CREATE") return subresource === "";
  const grows = (resource.resource === "services" || resource.resource === "persistentvolumeclaims") && subresource === "";
  return operation === "UPDATE" && (grows || (resource.resource === "pods" && subresource === "resize"));
}

/** What the quota is charged, if it is concerned. @throws Forbidden when it is too much */
function chargeOf(quota: ResourceQuota, attributes: AdmissionAttributes, now: number): Amounts {
  const { object, resource } = attributes;
  const { name } = quota.metadata;
  const hard = amountsOf(quota.status?.hard);
  const usage = growth(attributes);
  const concerned = Object.keys(hard).filter((key) => key in usageOf(object!, resource) || isComputeName(key, resource.resource));
  if (concerned.length === 0 || !isInScope(quota, object!, resource.resource)) return {};
  const missing = resource.resource === "pods" && resource.group === "" ? missingRequests(object as Pod, concerned) : undefined;
  if (missing) throw refusal(attributes, `failed quota: ${name}: ${missing}`);
  const unknown = concerned.filter((key) => quota.status?.used?.[key] === undefined);
  if (unknown.length > 0) throw refusal(attributes, `status unknown for quota: ${name}, resources: ${unknown.sort().join(",")}`);
  const requested = Object.fromEntries(concerned.filter((key) => usage[key] && usage[key].sign() !== 0).map((key) => [key, usage[key]!]));
  const used = addTo(amountsOf(quota.status?.used), recentUsage(quota, now));
  const exceeded = Object.keys(requested)
    .filter((key) => (used[key] ?? zeroQuantity).add(requested[key]!).compare(hard[key]!) > 0)
    .sort();
  if (exceeded.length === 0) return requested;
  const list = (amounts: Amounts): string => exceeded.map((key) => `${key}=${String(amounts[key] ?? zeroQuantity)}`).join(",");
  throw refusal(attributes, `exceeded quota: ${name}, requested: ${list(requested)}, used: ${list(used)}, limited: ${list(hard)}`);
}

/** Compute resources concern each pod, whether it names them or not. */
const isComputeName = (key: string, resource: string): boolean =>
  resource === "pods" && /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.test(key);

/** What the object takes; of an update, what it takes more than before. */
function growth({ object, oldObject, operation, resource }: AdmissionAttributes): Amounts {
  const usage = usageOf(object as KubeObject, resource);
  if (operation !== "UPDATE" || !oldObject) return usage;
  const before = usageOf(oldObject, resource);
  for (const key in usage) {
    const more = before[key] ? usage[key]!.subtract(before[key]) : usage[key]!;
    if (more.sign() > 0) usage[key] = more;
    else delete usage[key];
  }
  return usage;
}

function recentUsage(quota: ResourceQuota, now: number): Amounts {
  const known = recent.get(quota.metadata.uid);
  if (!known || known.resourceVersion !== quota.metadata.resourceVersion) return {};
  known.admitted = known.admitted.filter(({ until }) => until > now);
  return known.admitted.reduce<Amounts>((sum, { usage }) => addTo(sum, usage), {});
}

function remember(quota: ResourceQuota, usage: Amounts, context: StrategyContext): void {
  const { uid, resourceVersion } = quota.metadata;
  const known = recent.get(uid);
  const admitted = known?.resourceVersion === resourceVersion ? known.admitted : [];
  recent.set(uid, { resourceVersion: resourceVersion ?? "", admitted: [...admitted, { usage, until: context.clock.now() + memory }] });
}
