import type { CronJob, Job, JobSpec } from "../../../shared/kubernetes/types.ts";
import { CronJobs, Jobs } from "../../api/resources.ts";
import { kindStrategy } from "./kindStrategy.ts";
import { subdomainName } from "./nameRules.ts";
import { validateCronJob, validateJob, validateJobUpdate } from "./jobValidation.ts";
import { defaultPodTemplate } from "./podDefaults.ts";
import { workloadWarnings } from "./workloadWarnings.ts";

const maxInt32 = 2 ** 31 - 1;

export const jobs = kindStrategy<Job>(Jobs, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(job) {
    const spec = job.spec!;
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32;
    const labels = spec.template?.metadata?.labels;
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
    spec.completionMode ??= "NonIndexed";
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
    spec.manualSelector ??= false;
    defaultJobSpec(spec);
  },
  prepareForCreate: completeJobSelector,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  strategy: {
    warnings: workloadWarnings("spec.template", ({ spec }) => spec?.template, true),
    selectableFields: (job) => ({ "status.successful": String(job.status?.succeeded ?? 0) }),
  },
});

export const cronJobs = kindStrategy<CronJob>(CronJobs, {
  name: subdomainName,
  status: true,
  generation: ["spec"],
  defaults(cronJob) {
    const spec = cronJob.spec!;
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultJobSpec(spec.jobTemplate.spec);
  },
  validate: validateCronJob,
  strategy: { warnings: workloadWarnings("spec.jobTemplate.spec.template", ({ spec }) => spec?.jobTemplate.spec?.template, true) },
});

/** What a Job's spec gets inside a CronJob too. */
function defaultJobSpec(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
  defaultPodTemplate(spec.template);
}

/** Labels that make a Job's pods its own, unless the user manages the selector. */
function completeJobSelector(job: Job): void {
  const spec = job.spec!;
  if (spec.manualSelector) return;
  const { uid } = job.metadata;
  // Missing until validation says so.
  const name = (job.metadata.name as string | undefined) ?? "";
  const labels = ((spec.template.metadata ??= {} as NonNullable<typeof spec.template.metadata>).labels ??= {});
  for (const key of ["job-name", "batch.kubernetes.io/job-name"]) labels[key] ??= name;
  for (const key of ["controller-uid", "batch.kubernetes.io/controller-uid"]) labels[key] ??= uid;
  ((spec.selector ??= {}).matchLabels ??= {})["batch.kubernetes.io/controller-uid"] ??= uid;
  if (Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
}
