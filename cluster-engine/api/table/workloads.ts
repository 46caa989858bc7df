import type * as T from "../../../shared/kubernetes/types.ts";
import { podSummary } from "../podStatus.ts";
import { formatLabelSelector, selectorText } from "../selectors.ts";
import { age, boolCell, containerCells, labelsCell, none, ofType, type Printer } from "./cells.ts";
import { humanDuration, since } from "./duration.ts";

export const pod: Printer<T.Pod> = (object, now) => {
  const { reason, ready, total, restarts, lastRestart } = podSummary(object);
  const restartsCell = restarts && lastRestart ? `${restarts} (${since(lastRestart, now)} ago)` : String(restarts);
  const { spec, status } = object;
  const wide = [status?.podIPs?.[0]?.ip || none, spec?.nodeName || none, status?.nominatedNodeName || none, readinessGates(object)];
  return [object.metadata.name, `${ready}/${total}`, reason, restartsCell, age(object, now), ...wide];
};

function readinessGates({ spec, status }: T.Pod): string {
  const gates = spec?.readinessGates ?? [];
  const passed = gates.filter(({ conditionType }) => ofType(status?.conditions, conditionType)?.status === "True");
  return gates.length ? `${passed.length}/${gates.length}` : none;
}

export const podTemplate: Printer<T.PodTemplate> = ({ metadata, template }) => [
  metadata.name,
  ...containerCells(template?.spec),
  labelsCell(template?.metadata?.labels),
];

const replicaCells = (object: T.ReplicaSet | T.ReplicationController) => [
  object.spec?.replicas ?? 0,
  object.status?.replicas ?? 0,
  object.status?.readyReplicas ?? 0,
];

export const replicationController: Printer<T.ReplicationController> = (object, now) => [
  object.metadata.name,
  ...replicaCells(object),
  age(object, now),
  ...containerCells(object.spec?.template?.spec),
  labelsCell(object.spec?.selector),
];

export const replicaSet: Printer<T.ReplicaSet> = (object, now) => [
  object.metadata.name,
  ...replicaCells(object),
  age(object, now),
  ...containerCells(object.spec?.template?.spec),
  formatLabelSelector(object.spec?.selector),
];

export const deployment: Printer<T.Deployment> = (object, now) => {
  const { metadata, spec, status = {} } = object;
  const counts = [`${status.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  return [metadata.name, ...counts, age(object, now), ...containerCells(spec?.template.spec), spec?.selector ? selectorText(spec.selector) : ""];
};

export const statefulSet: Printer<T.StatefulSet> = (object, now) => {
  const ready = `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`;
  return [object.metadata.name, ready, age(object, now), ...containerCells(object.spec?.template.spec)];
};

export const daemonSet: Printer<T.DaemonSet> = (object, now) => {
  const { metadata, spec, status } = object;
  const counts = [
    status?.desiredNumberScheduled,
    status?.currentNumberScheduled,
    status?.numberReady,
    status?.updatedNumberScheduled,
    status?.numberAvailable,
  ];
  const nodeSelector = labelsCell(spec?.template.spec?.nodeSelector);
  return [
    metadata.name,
    ...counts.map((number) => number ?? 0),
    nodeSelector,
    age(object, now),
    ...containerCells(spec?.template.spec),
    formatLabelSelector(spec?.selector),
  ];
};

export const controllerRevision: Printer<T.ControllerRevision> = (object, now) => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  const group = owner?.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return [object.metadata.name, owner ? `${(owner.kind + group).toLowerCase()}/${owner.name}` : none, object.revision, age(object, now)];
};

export const job: Printer<T.Job> = (object, now) => {
  const { metadata, spec } = object;
  const cells = [metadata.name, jobStatus(object), jobCompletions(object), jobDuration(object, now), age(object, now)];
  return [...cells, ...containerCells(spec?.template.spec), formatLabelSelector(spec?.selector)];
};

function jobStatus({ metadata, status }: T.Job): string {
  const has = (type: string) => ofType(status?.conditions, type)?.status === "True";
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(has) ?? "Running";
}

function jobCompletions({ spec, status }: T.Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: T.Job, now: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}

export const cronJob: Printer<T.CronJob> = (object, now) => {
  const { metadata, spec, status } = object;
  const last = status?.lastScheduleTime ? since(status.lastScheduleTime, now) : none;
  const template = spec?.jobTemplate.spec;
  const cells = [
    metadata.name,
    spec?.schedule ?? "",
    spec?.timeZone ?? none,
    boolCell(spec?.suspend),
    status?.active?.length ?? 0,
    last,
    age(object, now),
  ];
  return [...cells, ...containerCells(template?.template.spec), formatLabelSelector(template?.selector)];
};
