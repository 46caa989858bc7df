import type { KubeObject } from "../../../../shared/kubernetes/object.ts";
import type { CronJob, DaemonSet, Deployment, Job, Pod, PodTemplateSpec, ReplicaSet, StatefulSet } from "../../../../shared/kubernetes/types.ts";
import { knownKind } from "../../watch/resources.ts";
import { column, list, ownerCell, ratio, ref, refCell, status, statusColumn, text, time, type KindView, type RowParts } from "../kindView.ts";
import { formatSelector } from "../labelSelector.ts";
import { podSummary } from "../podStatus.ts";
import {
  daemonSetState,
  deploymentState,
  jobState,
  replicaSetState,
  statefulSetState,
  workloadStatus,
  type WorkloadState,
} from "../workloadStatus.ts";
import { usageCells } from "./pods.ts";
import type { Relations } from "../../watch/relations.ts";

const images = (template: PodTemplateSpec | undefined) => list((template?.spec?.containers ?? []).map(({ image }) => image ?? ""));
const containers = (template: PodTemplateSpec | undefined) => (template?.spec?.containers ?? []).map(({ name }) => name);
const restarts = (pods: Pod[]): number => pods.reduce((sum, pod) => sum + podSummary(pod).restarts, 0);

const podColumns = [column("cpu", "CPU", "usage"), column("memory", "Memory", "usage"), column("restarts", "Restarts", "number")];
const joins = ["pods", "replicasets", "usage"] as const;
const joined = ["status", "cpu", "memory", "restarts"];

function common(object: KubeObject, state: WorkloadState, relations: Relations): RowParts {
  const pods = relations.podsOf(object);
  const shown = workloadStatus(state, pods);
  return {
    status: shown.status,
    cells: {
      status: status(shown.status, shown.text),
      ready: ratio(state.ready, state.desired),
      ...usageCells(pods, relations),
      restarts: restarts(pods),
    },
  };
}

export const deployments: KindView = {
  columns: [
    statusColumn,
    column("ready", "Ready", "ratio"),
    text("rollout", "Rollout"),
    column("images", "Images", "list"),
    text("strategy", "Strategy", { extra: true }),
    ...podColumns,
  ],
  joins,
  joined,
  row(object, relations) {
    const deployment = object as Deployment;
    const state = deploymentState(deployment);
    const { cells, status } = common(object, state, relations);
    return {
      status,
      facts: { replicas: state.desired, paused: deployment.spec.paused ?? false, containers: containers(deployment.spec.template) },
      cells: { ...cells, rollout: state.rollout, images: images(deployment.spec.template), strategy: deployment.spec.strategy?.type ?? null },
    };
  },
};

export const replicaSets: KindView = {
  columns: [
    statusColumn,
    column("ready", "Ready", "ratio"),
    column("images", "Images", "list"),
    column("owner", "Owner", "ref"),
    text("revision", "Revision", { extra: true }),
    ...podColumns,
  ],
  joins,
  joined,
  row(object, relations) {
    const replicaSet = object as ReplicaSet;
    const state = replicaSetState(replicaSet);
    const { cells, status } = common(object, state, relations);
    return {
      status,
      facts: { replicas: state.desired, containers: containers(replicaSet.spec.template) },
      cells: {
        ...cells,
        images: images(replicaSet.spec.template),
        owner: ownerCell(object),
        revision: object.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? null,
      },
    };
  },
};

const setColumns = [
  statusColumn,
  column("ready", "Ready", "ratio"),
  column("updated", "Up to date", "number"),
  column("images", "Images", "list"),
  text("selector", "Selector", { extra: true }),
  ...podColumns,
];

export const statefulSets: KindView = {
  columns: setColumns,
  joins,
  joined,
  row(object, relations) {
    const { spec } = object as StatefulSet;
    const state = statefulSetState(object as StatefulSet);
    const { cells, status } = common(object, state, relations);
    return {
      status,
      facts: { replicas: state.desired, containers: containers(spec.template) },
      cells: { ...cells, updated: state.updated, images: images(spec.template), selector: formatSelector(spec.selector) },
    };
  },
};

export const daemonSets: KindView = {
  columns: setColumns,
  joins,
  joined,
  row(object, relations) {
    const { spec } = object as DaemonSet;
    const state = daemonSetState(object as DaemonSet);
    const { cells, status } = common(object, state, relations);
    return {
      status,
      facts: { containers: containers(spec.template) },
      cells: { ...cells, updated: state.updated, images: images(spec.template), selector: formatSelector(spec.selector) },
    };
  },
};

export const jobs: KindView = {
  columns: [
    statusColumn,
    column("completions", "Completions", "ratio"),
    column("duration", "Duration (s)", "number"),
    column("images", "Images", "list"),
    column("owner", "Owner", "ref", { extra: true }),
  ],
  joins: ["pods"],
  joined: ["status"],
  row(object, relations) {
    const job = object as Job;
    const state = jobState(job);
    const shown = jobStatus(state, relations.podsOf(object));
    return {
      status: shown.status,
      facts: { suspended: job.spec?.suspend ?? false, containers: containers(job.spec?.template) },
      cells: {
        status: status(shown.status, shown.text),
        completions: ratio(state.ready, state.desired),
        duration: seconds(job.status?.startTime, job.status?.completionTime),
        images: images(job.spec?.template),
        owner: ownerCell(object),
      },
    };
  },
};

function jobStatus(state: WorkloadState, pods: Pod[]): { status: "failed" | "succeeded" | "running" | "pending"; text: string } {
  if (state.failure) return { status: "failed", text: "Failed" };
  if (state.complete) return { status: "succeeded", text: "Complete" };
  const failing = pods.map((pod) => podSummary(pod)).find((summary) => summary.status === "failed");
  if (failing) return { status: "failed", text: failing.reason };
  return state.rollout === "Running" ? { status: "running", text: "Running" } : { status: "pending", text: state.rollout };
}

/** Of a finished run; a running one is drawn from its start by the window. */
const seconds = (start: string | undefined, end: string | undefined): number | null =>
  start && end ? Math.round((Date.parse(end) - Date.parse(start)) / 1000) : null;

export const cronJobs: KindView = {
  columns: [
    statusColumn,
    text("schedule", "Schedule"),
    column("last", "Last run", "time"),
    column("lastSuccess", "Last success", "time"),
    column("active", "Active", "list"),
    text("timeZone", "Time zone", { extra: true }),
  ],
  joins: [],
  row(object) {
    const { spec, status: current } = object as CronJob;
    const suspended = spec?.suspend ?? false;
    const active = current?.active?.length ?? 0;
    return {
      status: suspended ? "succeeded" : active > 0 ? "running" : "pending",
      facts: { suspended },
      cells: {
        status: suspended ? status("succeeded", "Suspended") : active > 0 ? status("running", "Running") : status("pending", "Waiting"),
        schedule: spec?.schedule ?? null,
        last: time(current?.lastScheduleTime),
        lastSuccess: time(current?.lastSuccessfulTime),
        active: list((current?.active ?? []).map(({ name }) => name ?? "")),
        timeZone: spec?.timeZone ?? null,
      },
    };
  },
};

/** A link to any object that an Event or a reference names by kind. */
export function kindCell(involved: { apiVersion?: string; kind?: string; name?: string; namespace?: string }) {
  const label = `${involved.kind ?? ""}/${involved.name ?? ""}`;
  const resource = knownKind(involved.apiVersion ?? "v1", involved.kind ?? "");
  return resource && involved.name ? refCell(ref(resource, involved.name, involved.namespace), label) : label;
}
