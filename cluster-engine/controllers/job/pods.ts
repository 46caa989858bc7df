import type { Container, Job, Pod, PodTemplateSpec } from "../../../shared/kubernetes/types.ts";
import { Jobs } from "../../api/resources.ts";
import { podFromTemplate } from "../podControl.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const indexKey = "batch.kubernetes.io/job-completion-index";
const indexVariable = "JOB_COMPLETION_INDEX";

export const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === "Indexed";

export const indexOf = ({ metadata }: Pod): number | undefined => {
  const text = metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
};

/** Still to be counted: the Job holds it back until its end is in the status. */
export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** A pod on its way out has failed, unless only ended ones are replaced. */
export const hasFailed = (job: Job, { metadata, status }: Pod): boolean =>
  status?.phase === "Failed" ||
  (job.spec?.podReplacementPolicy !== "Failed" && metadata.deletionTimestamp !== undefined && status?.phase !== "Succeeded");

/** A new pod of the Job, at a completion index when it is indexed. */
export function jobPod(job: Job, index: number | undefined) {
  const template: PodTemplateSpec = job.spec!.template;
  const { metadata, spec } = podFromTemplate(template, job, Jobs);
  const tracked = { ...metadata, finalizers: [...(metadata.finalizers ?? []), trackingFinalizer] };
  if (index === undefined) return { metadata: tracked, spec };
  const value = String(index);
  const name = job.metadata.name;
  return {
    metadata: {
      ...tracked,
      generateName: `${name}-${index}-`,
      labels: { ...metadata.labels, [indexKey]: value },
      annotations: { ...metadata.annotations, [indexKey]: value },
    },
    spec: {
      ...spec,
      hostname: `${name}-${index}`,
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(withIndex) } : {}),
    },
  };
}

function withIndex(container: Container): Container {
  if (container.env?.some(({ name }) => name === indexVariable)) return container;
  const variable = { name: indexVariable, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } };
  return { ...container, env: [...(container.env ?? []), variable] };
}
