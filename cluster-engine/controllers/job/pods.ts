import type { Container, Job, Pod, PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { Jobs } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import type { Client } from "../../client/types.ts";
import { podFromTemplate } from "../podControl.ts";
import { Pods } from "../../api/resources.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const indexKey = "batch.kubernetes.io/job-completion-index";
const indexVariable = "JOB_COMPLETION_INDEX";

/** Longest prefix of a generated name. */
const maxPrefix = 58;

export const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === "Indexed";

export const hasLimitPerIndex = ({ spec }: Job): boolean => spec?.backoffLimitPerIndex !== undefined;

/** Of any pod with an index, one beyond the completions included. */
export const indexOf = ({ metadata }: Pod): number | undefined => {
  const text = metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
};

/** The index at which the pod counts; undefined when it counts for none. */
export function countedIndex(job: Job, pod: Pod): number | undefined {
  const index = indexOf(pod);
  return index !== undefined && index < (job.spec?.completions ?? 0) ? index : undefined;
}

/** Still to be counted: the Job holds it back until its end is in the status. */
export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** New pods wait until old ones have ended, not merely begun to end. */
export const replacesOnlyFailed = ({ spec }: Job): boolean => spec?.podReplacementPolicy === "Failed" || spec?.podFailurePolicy !== undefined;

/** A pod on its way out has failed, unless only ended ones are replaced. */
export const hasFailed = (job: Job, { metadata, status }: Pod): boolean =>
  status?.phase === "Failed" || (!replacesOnlyFailed(job) && metadata.deletionTimestamp !== undefined && status?.phase !== "Succeeded");

/** Takes the Job's hold off a pod. */
export async function release(client: Client, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const { uid } = pod.metadata;
  const patch = { metadata: { uid, "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] } };
  try {
    await client.resource(Pods).patch(pod.metadata, patch, { type: "strategic" });
  } catch (error) {
    // Another pod may have its name by now.
    if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict")) throw error;
  }
}

/** A new pod of the Job; at a completion index when it is indexed, with the annotations that the index demands. */
export function jobPod(job: Job, index: number | undefined, annotations: Record<string, string> = {}) {
  const template: PodTemplateSpec = job.spec!.template;
  const { metadata, spec } = podFromTemplate(template, job, Jobs);
  const tracked = { ...metadata, finalizers: [...new Set([...(metadata.finalizers ?? []), trackingFinalizer])] };
  if (index === undefined) return { metadata: tracked, spec };
  const value = String(index);
  const name = job.metadata.name;
  return {
    metadata: {
      ...tracked,
      generateName: prefixOf(name, index),
      labels: { ...metadata.labels, [indexKey]: value },
      annotations: { ...metadata.annotations, [indexKey]: value, ...annotations },
    },
    spec: {
      ...spec,
      hostname: `${name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndex) } : {}),
    },
  };
}

function prefixOf(name: string, index: number): string {
  const end = `-${index}-`;
  return name.slice(0, maxPrefix - end.length) + end;
}

function withIndex(container: Container): Container {
  if (container.env?.some(({ name }) => name === indexVariable)) return container;
  const variable = { name: indexVariable, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } };
  return { ...container, env: [...(container.env ?? []), variable] };
}
