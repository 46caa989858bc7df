import type * as T from "../../../shared/kubernetes/types.ts";
import { age, none, ofType, quantityCell, type Printer } from "./cells.ts";
import { since } from "./duration.ts";

const size = (map: object | undefined): number => Object.keys(map ?? {}).length;

export const configMap: Printer<T.ConfigMap> = (object, now) => [object.metadata.name, size(object.data) + size(object.binaryData), age(object, now)];
export const secret: Printer<T.Secret> = (object, now) => [object.metadata.name, object.type ?? "", size(object.data), age(object, now)];
export const serviceAccount: Printer<T.ServiceAccount> = (object, now) => [object.metadata.name, age(object, now)];
export const namespace: Printer<T.Namespace> = (object, now) => [object.metadata.name, object.status?.phase ?? "", age(object, now)];

export const node: Printer<T.Node> = (object, now) => {
  const { metadata, spec, status } = object;
  const ready = ofType(status?.conditions, "Ready");
  const state = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  const states = spec?.unschedulable ? `${state},SchedulingDisabled` : state;
  const info = status?.nodeInfo;
  const kernel = `${info?.kernelVersion || "<unknown>"}${info?.architecture ? ` (${info.architecture})` : ""}`;
  const wide = [
    nodeAddress(object, "InternalIP"),
    nodeAddress(object, "ExternalIP"),
    info?.osImage || "<unknown>",
    kernel,
    info?.containerRuntimeVersion || "<unknown>",
  ];
  return [metadata.name, states, nodeRoles(object) || none, age(object, now), info?.kubeletVersion ?? "", ...wide];
};

const nodeAddress = ({ status }: T.Node, type: string): string => status?.addresses?.find((address) => address.type === type)?.address ?? none;

function nodeRoles({ metadata }: T.Node): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) =>
    key === "kubernetes.io/role" ? value : key.startsWith(prefix) ? key.slice(prefix.length) : "",
  );
  return [...new Set(roles.filter(Boolean))].sort().join(",");
}

/** An event as both API groups give it: their fields differ in name only. */
type AnyEvent = T.Event & Partial<Omit<T.EventsV1Event, keyof T.Event>>;

export const event: Printer<T.Event> = (object, now) => {
  const found = object as AnyEvent;
  const involved = found.involvedObject ?? found.regarding ?? {};
  const first = found.firstTimestamp ?? found.deprecatedFirstTimestamp ?? found.eventTime;
  const last = found.series?.lastObservedTime ?? found.lastTimestamp ?? found.deprecatedLastTimestamp ?? first;
  const count = found.series?.count ?? ((found.count ?? found.deprecatedCount) || 1);
  const target = `${(involved.kind ?? "").toLowerCase()}${involved.name ? `/${involved.name}` : ""}`;
  const cells = [since(last, now), found.type ?? "", found.reason ?? "", target, involved.fieldPath ?? "", eventSource(found)];
  return [...cells, (found.message ?? found.note ?? "").trim(), since(first, now), count, found.metadata.name];
};

function eventSource(event: AnyEvent): string {
  const source = event.source ?? event.deprecatedSource;
  const component = source?.component || event.reportingComponent || event.reportingController || "";
  const instance = source?.host || event.reportingInstance || "";
  return instance ? `${component}, ${instance}` : component;
}

export const resourceQuota: Printer<T.ResourceQuota> = (object, now) => {
  const { hard = {}, used = {} } = object.status ?? {};
  const cells = (limits: boolean) =>
    Object.keys(hard)
      .sort()
      .filter((resource) => resource.startsWith("limits.") === limits)
      .map((resource) => `${resource}: ${quantityCell(used[resource])}/${quantityCell(hard[resource])}`)
      .join(", ");
  return [object.metadata.name, cells(false), cells(true), age(object, now)];
};

export const componentStatus: Printer<T.ComponentStatus> = ({ metadata, conditions }) => {
  const healthy = ofType(conditions, "Healthy");
  const status = healthy ? (healthy.status === "True" ? "Healthy" : "Unhealthy") : "Unknown";
  return [metadata.name, status, healthy?.message ?? "", healthy?.error ?? ""];
};
