import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from "../../../shared/kubernetes/types.ts";
import type { Quantity } from "../../api/quantity.ts";
import { parseQuantity } from "../../api/quantity.ts";
import { LimitRanges } from "../../api/resources.ts";
import { aggregate } from "../../api/validationErrors.ts";
import type { StrategyContext } from "../strategy.ts";
import { amountsOf, podAmounts, type Amounts } from "../strategies/podAmounts.ts";
import { concerns, refusal } from "./refusal.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./types.ts";

const annotation = "kubernetes.io/limit-ranger";

/** Fills in and enforces the LimitRanges of a namespace. https://kubernetes.io/docs/concepts/policy/limit-range/ */
export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  async admit(attributes, context) {
    if (attributes.operation !== "CREATE" || !concerns(attributes, "pods")) return;
    for (const range of await limitRangesFor(attributes, context)) setDefaults(attributes.object as Pod, range);
  },
  async validate(attributes, context) {
    if (!isLimited(attributes) || attributes.oldObject?.metadata.deletionTimestamp) return;
    for (const range of await limitRangesFor(attributes, context)) {
      const problems = (range.spec?.limits ?? []).flatMap((limit) => problemsOf(attributes, limit));
      if (problems.length > 0) throw refusal(attributes, aggregate(problems));
    }
  },
};

function isLimited(attributes: AdmissionAttributes): boolean {
  const { operation, subresource, resource } = attributes;
  if (operation === "UPDATE" && subresource === "resize" && resource.resource === "pods") return true;
  if (operation === "CREATE") return concerns(attributes, "pods") || concerns(attributes, "persistentvolumeclaims");
  return operation === "UPDATE" && concerns(attributes, "persistentvolumeclaims");
}

const limitRangesFor = ({ namespace }: AdmissionAttributes, context: StrategyContext): Promise<LimitRange[]> => context.list(LimitRanges, namespace);

function setDefaults(pod: Pod, range: LimitRange): void {
  const items = (range.spec?.limits ?? []).filter((item) => item.type === "Container");
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest)) as Record<string, string>;
  const limits = Object.assign({}, ...items.map((item) => item.default)) as Record<string, string>;
  const notes: string[] = [];
  for (const container of pod.spec?.containers ?? []) completeContainer(container, "container", requests, limits, notes);
  for (const container of pod.spec?.initContainers ?? []) completeContainer(container, "init container", requests, limits, notes);
  if (notes.length > 0) (pod.metadata.annotations ??= {})[annotation] = `LimitRanger plugin set: ${notes.join("; ")}`;
}

function completeContainer(
  container: Container,
  label: string,
  requests: Record<string, string>,
  limits: Record<string, string>,
  notes: string[],
): void {
  const resources = (container.resources ??= {});
  const set: string[] = [];
  for (const [kind, defaults] of [
    ["limits", limits],
    ["requests", requests],
  ] as const) {
    const missing = Object.keys(defaults)
      .filter((name) => !(name in (resources[kind] ?? {})))
      .sort();
    for (const name of missing) (resources[kind] ??= {})[name] = defaults[name]!;
    if (missing.length > 0) set.unshift(`${missing.join(", ")} ${kind.slice(0, -1)} for ${label} ${container.name}`);
  }
  notes.push(...set);
}

function problemsOf(attributes: AdmissionAttributes, limit: LimitRangeItem): string[] {
  if (attributes.resource.resource === "persistentvolumeclaims") {
    if (limit.type !== "PersistentVolumeClaim") return [];
    const requests = amountsOf((attributes.object as PersistentVolumeClaim).spec?.resources?.requests);
    return [
      ...each(limit.min, (name, min) => below(limit.type, name, min, requests, {})),
      ...each(limit.max, (name, max) => requestAbove(limit.type, name, max, requests)),
    ];
  }
  const spec = (attributes.object as Pod).spec!;
  if (limit.type === "Pod") return constrain(limit, podAmounts(spec, "requests"), podAmounts(spec, "limits"));
  if (limit.type !== "Container") return [];
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
    constrain(limit, amountsOf(resources?.requests), amountsOf(resources?.limits)),
  );
}

function constrain(limit: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  return [
    ...each(limit.min, (name, min) => below(limit.type, name, min, requests, limits)),
    ...each(limit.max, (name, max) => above(limit.type, name, max, requests, limits)),
    ...each(limit.maxLimitRequestRatio, (name, ratio) => overRatio(limit.type, name, ratio, requests[name], limits[name])),
  ];
}

function each(amounts: Record<string, string | number> | undefined, check: (name: string, amount: Quantity) => string | undefined): string[] {
  return Object.entries(amounts ?? {})
    .map(([name, amount]) => check(name, parseQuantity(amount)))
    .filter((problem) => problem !== undefined);
}

function below(type: string, name: string, min: Quantity, requests: Amounts, limits: Amounts): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${String(min)}`;
  const request = requests[name];
  const limit = limits[name];
  if (!request) return `${text}.  No request is specified`;
  if (request.compare(min) < 0) return `${text}, but request is ${String(request)}`;
  return limit && limit.compare(min) < 0 ? `${text}, but limit is ${String(limit)}` : undefined;
}

function above(type: string, name: string, max: Quantity, requests: Amounts, limits: Amounts): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${String(max)}`;
  const request = requests[name];
  const limit = limits[name];
  if (!limit) return `${text}.  No limit is specified`;
  if (limit.compare(max) > 0) return `${text}, but limit is ${String(limit)}`;
  return request && request.compare(max) > 0 ? `${text}, but request is ${String(request)}` : undefined;
}

function requestAbove(type: string, name: string, max: Quantity, requests: Amounts): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${String(max)}`;
  const request = requests[name];
  if (!request) return `${text}.  No request is specified`;
  return request.compare(max) > 0 ? `${text}, but request is ${String(request)}` : undefined;
}

function overRatio(type: string, name: string, ratio: Quantity, request: Quantity | undefined, limit: Quantity | undefined): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${String(ratio)}`;
  if (!request || request.sign() === 0) return `${text}, but no request is specified or request is 0`;
  if (!limit || limit.sign() === 0) return `${text}, but no limit is specified or limit is 0`;
  const observed = Number(limit.nano) / Number(request.nano);
  return observed > ratio.toNumber() ? `${text}, but provided ratio is ${observed.toFixed(6)}` : undefined;
}
