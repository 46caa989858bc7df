import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod, ResourceQuota } from "../../../shared/kubernetes/types.ts";
import { zeroQuantity } from "../../api/quantity.ts";
import { ResourceQuotas } from "../../api/resources.ts";
import { resourceTable } from "../../api/resourceTable.ts";
import type { StrategyContext } from "../strategy.ts";
import { addTo, amountsOf, type Amounts } from "../strategies/podAmounts.ts";
import { isInScope, missingRequests, usageOf } from "./quotaUsage.ts";
import { refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

/** The quota controller has seen an admitted object within this, ms. */
const memory = 10_000;
/** An admitted object is in the store within this, ms. */
const inFlight = 500;

interface Admission {
  usage: Amounts;
  /** Of the quota when the object was admitted. */
  resourceVersion: string;
  object: { resource: string; name: string };
  at: number;
}

/**
 * Admitted a moment ago, by the quota's uid. The quota controller writes the status; this bridges its delay: what was
 * admitted since the status was written is surely not in it, what was admitted before may be or not.
 */
const recentByServer = new WeakMap<StrategyContext["clock"], Map<string, Admission[]>>();

/** A server is known by its clock. */
function recentOf(clock: StrategyContext["clock"]): Map<string, Admission[]> {
  const recent = recentByServer.get(clock) ?? new Map<string, Admission[]>();
  recentByServer.set(clock, recent);
  return recent;
}

/** Refuses what would exceed a ResourceQuota of the namespace. */
export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  async validate(attributes, context) {
    if (!isCharged(attributes)) return;
    const quotas = (await context.list(ResourceQuotas, attributes.namespace)).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (quotas.length === 0) return;
    const charged: Disposable[] = [];
    try {
      for (const quota of quotas) charged.push(await charge(quota, attributes, context));
    } catch (error) {
      for (const each of charged) each[Symbol.dispose]();
      throw error;
    }
  },
};

function isCharged({ namespace, operation, subresource, resource, object }: AdmissionAttributes): boolean {
  if (!namespace || !object || resource.resource === "events" || resource.resource === "bindings") return false;
  if (operation === "CREATE") return subresource === "";
  const grows = (resource.resource === "services" || resource.resource === "persistentvolumeclaims") && subresource === "";
  return operation === "UPDATE" && (grows || (resource.resource === "pods" && subresource === "resize"));
}

/** Charges the quota, if it is concerned; disposing takes that back. @throws Forbidden when it is too much */
async function charge(quota: ResourceQuota, attributes: AdmissionAttributes, context: StrategyContext): Promise<Disposable> {
  const { object, resource } = attributes;
  const { name } = quota.metadata;
  const hard = amountsOf(quota.status?.hard);
  const usage = growth(attributes);
  const concerned = Object.keys(hard).filter((key) => key in usageOf(object!, resource) || isComputeName(key, resource.resource));
  if (concerned.length === 0 || !isInScope(quota, object!, resource.resource)) return nothingCharged;
  const missing = resource.resource === "pods" && resource.group === "" ? missingRequests(object as Pod, concerned) : undefined;
  if (missing) throw refusal(attributes, `failed quota: ${name}: ${missing}`);
  const unknown = concerned.filter((key) => quota.status?.used?.[key] === undefined);
  if (unknown.length > 0) throw refusal(attributes, `status unknown for quota: ${name}, resources: ${unknown.sort().join(",")}`);
  const requested = Object.fromEntries(concerned.filter((key) => usage[key] && usage[key].sign() !== 0).map((key) => [key, usage[key]!]));
  const exceededWith = (used: Amounts) =>
    Object.keys(requested)
      .filter((key) => (used[key] ?? zeroQuantity).add(requested[key]!).compare(hard[key]!) > 0)
      .sort();
  const known = admissions(quota, context);
  // From a decision to its note nobody else may decide.
  const take = () => (attributes.dryRun || Object.keys(requested).length === 0 ? nothingCharged : remember(quota, requested, attributes, context));
  const reported = amountsOf(quota.status?.used);
  const sum = (some: Admission[]) => some.reduce<Amounts>((total, each) => addTo(total, each.usage), { ...reported });
  if (exceededWith(sum(known)).length === 0) return take();
  const since = known.filter(({ resourceVersion }) => resourceVersion === quota.metadata.resourceVersion);
  const atLeast = sum(since);
  // What the status holds of earlier admissions decides: only then all objects are counted.
  const stored = exceededWith(atLeast).length > 0 || since.length === known.length ? undefined : await storedBeside(attributes, context);
  const used = stored ? counted(stored, quota, attributes, context) : atLeast;
  const exceeded = exceededWith(used);
  if (exceeded.length === 0) return take();
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

/** The objects of the kind in the namespace. */
async function storedBeside({ resource, namespace }: AdmissionAttributes, context: StrategyContext): Promise<KubeObject[]> {
  const type = resourceTable.find((entry) => entry.group === resource.group && entry.resource === resource.resource);
  return type ? context.list(type, namespace) : [];
}

/** What the stored objects take, with those that are on their way into the store. */
function counted(stored: KubeObject[], quota: ResourceQuota, { resource }: AdmissionAttributes, context: StrategyContext): Amounts {
  const names = new Set(stored.map(({ metadata }) => metadata.name));
  const coming = admissions(quota, context).filter(
    ({ object, at }) => object.resource === resource.resource && at > context.clock.now() - inFlight && !names.has(object.name),
  );
  const usages = stored.filter((object) => isInScope(quota, object, resource.resource)).map((object) => usageOf(object, resource));
  return [...usages, ...coming.map(({ usage }) => usage)].reduce<Amounts>((total, usage) => addTo(total, usage), {});
}

function admissions({ metadata: { uid } }: ResourceQuota, { clock }: StrategyContext): Admission[] {
  const recent = recentOf(clock);
  const known = (recent.get(uid) ?? []).filter(({ at }) => at > clock.now() - memory);
  if (known.length > 0) recent.set(uid, known);
  else recent.delete(uid);
  return known;
}

function remember(
  { metadata }: ResourceQuota,
  usage: Amounts,
  { resource, name, object }: AdmissionAttributes,
  { clock }: StrategyContext,
): Disposable {
  const recent = recentOf(clock);
  const admission = {
    usage,
    resourceVersion: metadata.resourceVersion ?? "",
    object: { resource: resource.resource, name: object?.metadata.name || name },
    at: clock.now(),
  };
  recent.set(metadata.uid, [...(recent.get(metadata.uid) ?? []), admission]);
  const forget = () =>
    recent.set(
      metadata.uid,
      (recent.get(metadata.uid) ?? []).filter((each) => each !== admission),
    );
  return { [Symbol.dispose]: () => void forget() };
}

const nothingCharged: Disposable = { [Symbol.dispose]() {} };
