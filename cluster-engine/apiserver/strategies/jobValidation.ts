import type { Container, CronJob, Job, JobSpec, LabelSelector } from "../../../shared/kubernetes/types.ts";
import { dns1123Label } from "../../api/names.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { validateChoice } from "./containers.ts";
import { isUsableSelector, validateLabelSelector } from "./labelSelectors.ts";
import { validateFailurePolicy } from "./podFailurePolicies.ts";
import { validatePodTemplate } from "./podSpecs.ts";
import { mismatch } from "./podTemplates.ts";
import type { Problems } from "./problems.ts";
import { sameValue } from "./problems.ts";
import { scheduleProblem, timeZoneProblem } from "./schedules.ts";

const mostIndexed = 100_000;
const longestCronJobName = 52;

export function validateJob(job: Job, problems: Problems): void {
  const spec = job.spec!;
  validateGeneratedSelector(job, problems);
  validateSpec(spec, "spec", problems);
  validateSelectorAndLabels(spec, problems);
  if (spec.completionMode !== "Indexed" || !spec.completions) return;
  const hostname = `${job.metadata.name}-${spec.completions - 1}`;
  if (dns1123Label(hostname).length > 0)
    problems.invalid("metadata.name", job.metadata.name, `will not able to create pod with invalid DNS label: ${hostname}`);
}

function validateSelectorAndLabels(spec: JobSpec, problems: Problems): void {
  if (!spec.selector) problems.required("spec.selector");
  else validateLabelSelector(spec.selector, "spec.selector", problems);
  const labels = spec.template.metadata?.labels;
  if (!matches(spec.selector, labels)) problems.invalid("spec.template.metadata.labels", labels ?? null, mismatch);
}

const matches = (selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean =>
  !!selector && (!isUsableSelector(selector) || labelSelectorMatcher(selector)(labels));

/** The labels that a Job gives its pods must be those that it would have generated. */
function validateGeneratedSelector(job: Job, problems: Problems): void {
  const spec = job.spec!;
  if (spec.manualSelector || !spec.selector) return;
  const { uid, name } = job.metadata;
  const expected = { "controller-uid": uid, "job-name": name, "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name };
  const labels = spec.template.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    if (!(key in labels)) problems.required("spec.template.metadata.labels", `must be '${value}'`);
    else if (labels[key] !== value) problems.invalid("spec.template.metadata.labels", labels, `must be '${value}'`);
  }
  if (!matches(spec.selector, expected)) problems.invalid("spec.selector", spec.selector, "`selector` not auto-generated");
}

function validateSpec(spec: JobSpec, path: string, problems: Problems): void {
  for (const field of [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
  ] as const) {
    problems.nonNegative(`${path}.${field}`, spec[field]);
  }
  if (spec.maxFailedIndexes !== undefined) {
    problems.nonNegative(`${path}.maxFailedIndexes`, spec.maxFailedIndexes);
    if (spec.backoffLimitPerIndex === undefined) problems.required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  validateCompletionMode(spec, path, problems);
  if (spec.podFailurePolicy) validateFailurePolicy(spec, `${path}.podFailurePolicy`, problems);
  if (spec.successPolicy) {
    if (spec.completionMode !== "Indexed")
      problems.invalid(`${path}.successPolicy`, { Rules: spec.successPolicy.rules }, "requires indexed completion mode");
    else if (!spec.successPolicy.rules?.length)
      problems.required(`${path}.successPolicy.rules`, "at least one rules must be specified when the successPolicy is specified");
  }
  validateReplacementPolicy(spec, `${path}.podReplacementPolicy`, problems);
  validatePodTemplate(spec.template, `${path}.template`, problems);
  validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`, problems);
}

function validateCompletionMode(spec: JobSpec, path: string, problems: Problems): void {
  const mode = spec.completionMode;
  if (mode !== undefined && mode !== "NonIndexed" && mode !== "Indexed")
    problems.notSupported(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"]);
  if (mode === "Indexed") {
    if (spec.completions === undefined) problems.required(`${path}.completions`, "when completion mode is Indexed");
    if ((spec.parallelism ?? 0) > mostIndexed)
      problems.invalid(`${path}.parallelism`, spec.parallelism, `must be less than or equal to ${mostIndexed} when completion mode is Indexed`);
    if (spec.maxFailedIndexes !== undefined && spec.completions !== undefined && spec.maxFailedIndexes > spec.completions) {
      problems.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, "must be less than or equal to completions");
    }
    if ((spec.maxFailedIndexes ?? 0) > mostIndexed)
      problems.invalid(`${path}.maxFailedIndexes`, spec.maxFailedIndexes, `must be less than or equal to ${mostIndexed}`);
  }
  if (mode === undefined || mode === "NonIndexed") {
    for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const)
      if (spec[field] !== undefined) problems.invalid(`${path}.${field}`, spec[field], "requires indexed completion mode");
  }
}

function validateReplacementPolicy(spec: JobSpec, field: string, problems: Problems): void {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return;
  const supported = spec.podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  if (!supported.includes(policy)) problems.notSupported(field, policy, supported);
}

function validateRestartPolicy(spec: JobSpec, field: string, problems: Problems): void {
  const policy = spec.template.spec?.restartPolicy;
  if (!policy || policy === "Always") problems.required(field, 'valid values: "OnFailure", "Never"');
  else if (policy !== "OnFailure" && policy !== "Never") problems.notSupported(field, policy, ["OnFailure", "Never"]);
  else if (spec.podFailurePolicy && policy !== "Never")
    problems.invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

const schedulingDirectives = ["nodeSelector", "tolerations", "schedulingGates"] as const;

// The spec is looked at twice, as Kubernetes does; equal messages are printed once.
export function validateJobUpdate(job: Job, old: Job, problems: Problems): void {
  validateJob(job, problems);
  const spec = job.spec!;
  const before = old.spec!;
  const elastic =
    spec.completionMode === "Indexed" &&
    before.completionMode === "Indexed" &&
    spec.completions === spec.parallelism &&
    before.completions === before.parallelism;
  if (!elastic) problems.immutable("spec.completions", spec.completions, before.completions);
  problems.immutable("spec.selector", spec.selector, before.selector);
  if (!sameTemplate(spec, before, old)) problems.invalid("spec.template", spec.template, "field is immutable");
  for (const field of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const)
    problems.immutable(`spec.${field}`, spec[field], before[field]);
}

/** A suspended Job that has not started may still be told where to run, and on what. */
function sameTemplate(spec: JobSpec, before: JobSpec, old: Job): boolean {
  if (!before.suspend || old.status?.startTime) return sameValue(spec.template, before.template);
  const relaxed = structuredClone(before.template);
  for (const field of schedulingDirectives) Object.assign(relaxed.spec!, { [field]: spec.template.spec?.[field] });
  relaxed.metadata = spec.template.metadata;
  relaxed.spec!.affinity = { ...relaxed.spec!.affinity, nodeAffinity: spec.template.spec?.affinity?.nodeAffinity };
  relaxed.spec!.containers.forEach(
    (container, i) => (container.resources = (spec.template.spec?.containers as Container[] | null | undefined)?.[i]?.resources),
  );
  const updated = { ...spec.template, spec: { ...spec.template.spec!, affinity: { ...spec.template.spec?.affinity } } };
  return sameValue(updated, relaxed);
}

export function validateCronJob(cronJob: CronJob, problems: Problems, old: CronJob | undefined): void {
  const spec = cronJob.spec!;
  if (!spec.schedule) problems.required("spec.schedule");
  else validateSchedule(spec.schedule, problems);
  problems.nonNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  if (spec.timeZone !== undefined && spec.timeZone !== old?.spec?.timeZone) {
    const problem = timeZoneProblem(spec.timeZone);
    if (problem) problems.invalid("spec.timeZone", spec.timeZone, problem);
  }
  validateChoice(spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"], "spec.concurrencyPolicy", problems);
  const template = spec.jobTemplate.spec;
  if (template) validateSpec(template, "spec.jobTemplate.spec", problems);
  if (template?.selector) problems.invalid("spec.jobTemplate.spec.selector", template.selector, "`selector` will be auto-generated");
  if (template?.manualSelector) problems.notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]);
  problems.nonNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
  problems.nonNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
  if (!old && cronJob.metadata.name?.length > longestCronJobName)
    problems.invalid("metadata.name", cronJob.metadata.name, `must be no more than ${longestCronJobName} characters`);
}

function validateSchedule(schedule: string, problems: Problems): void {
  const problem = scheduleProblem(schedule);
  if (problem) problems.invalid("spec.schedule", schedule, problem);
  if (schedule.includes("TZ")) problems.invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
}
