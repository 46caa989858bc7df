import type { CronJob, Job, Pod } from "../../../shared/kubernetes/types.ts";
import { CronJobs, Jobs } from "../../../cluster-engine/api/resources.ts";
import type { Change } from "../history.ts";
import type { Invariant, View } from "../invariant.ts";
import { controllerUid, imageOf, isActive, namespaceGoes, newPod, podsOf } from "./pods.ts";

const tracking = "batch.kubernetes.io/job-tracking";

const jobOf = (view: View, pod: Pod): Job | undefined =>
  view.history.list(Jobs, pod.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(pod));

const recent = (view: View, job: Job): Job[] =>
  view.history.since(Jobs, job.metadata, view.now - view.staleness).filter(({ metadata }) => metadata.uid === job.metadata.uid);

const has = ({ status }: Job, type: string): boolean => status?.conditions?.some((each) => each.type === type && each.status === "True") ?? false;

export const isFinished = (job: Job): boolean => has(job, "Complete") || has(job, "Failed");

const isIndexed = ({ spec }: Job): boolean => spec?.completionMode === "Indexed";

const indexOf = ({ metadata }: Pod): string | undefined => metadata.annotations?.["batch.kubernetes.io/job-completion-index"];

/** `1,3-5` as its numbers. */
export const indexesOf = (text = ""): string[] =>
  text
    .split(",")
    .filter(Boolean)
    .flatMap((part) => {
      const [from, to = from] = part.split("-").map(Number) as [number, number?];
      return Array.from({ length: to! - from + 1 }, (_, i) => String(from + i));
    });

/** Every state that any pod of the Job was ever in. */
const everOf = (view: View, job: Job): Pod[] =>
  view.history.changes.flatMap(({ resource, object }) => (resource === "pods" && controllerUid(object) === job.metadata.uid ? [object as Pod] : []));

/** Who was deleted before it succeeded has failed as far as the Job knows: another may run in its place. */
function succeededIn(ever: Pod[]): Set<string> {
  const failed = uids(ever.filter(({ metadata, status }) => metadata.deletionTimestamp && status?.phase !== "Succeeded"));
  return new Set([...uids(ever.filter(({ status }) => status?.phase === "Succeeded"))].filter((uid) => !failed.has(uid)));
}

const uids = (pods: Pod[]): Set<string> => new Set(pods.map(({ metadata }) => metadata.uid));

const claimed = ({ status }: Job, kind: "succeeded" | "failed"): number =>
  (status?.[kind] ?? 0) + (status?.uncountedTerminatedPods?.[kind]?.length ?? 0);

const changedJob = ({ resource, object, deleted }: Change): Job | undefined => (resource === "jobs.batch" && !deleted ? (object as Job) : undefined);

export const jobCounts: Invariant = {
  name: "Job counts each pod once",
  onChange(change, view) {
    const job = changedJob(change);
    const before = change.previous as Job | undefined;
    if (!job || !before || before.metadata.uid !== job.metadata.uid || before.metadata.resourceVersion === job.metadata.resourceVersion) return;
    for (const kind of ["succeeded", "failed"] as const)
      if (claimed(job, kind) < claimed(before, kind))
        return `${job.metadata.name} had ${claimed(before, kind)} ${kind} and has ${claimed(job, kind)}`;
    if (claimed(job, "succeeded") + claimed(job, "failed") === claimed(before, "succeeded") + claimed(before, "failed")) return;
    const ever = everOf(view, job);
    const succeeded = ever.filter(({ status }) => status?.phase === "Succeeded");
    const indexes = new Set(succeeded.map(indexOf));
    const invented = indexesOf(job.status?.completedIndexes).filter((index) => !indexes.has(index));
    if (isIndexed(job) && invented.length > 0) return `${job.metadata.name} tells that ${invented.join()} succeeded, and no pod did`;
    if (!isIndexed(job) && claimed(job, "succeeded") > uids(succeeded).size)
      return `${job.metadata.name} counts ${claimed(job, "succeeded")} of ${uids(succeeded).size} succeeded pods`;
    const failed = uids(ever.filter(({ metadata, status }) => status?.phase === "Failed" || metadata.deletionTimestamp)).size;
    return claimed(job, "failed") > failed ? `${job.metadata.name} counts ${claimed(job, "failed")} of ${failed} failed pods` : undefined;
  },
};

export const nothingLost: Invariant = {
  name: "Job loses no completion",
  onChange({ resource, object, previous }, view) {
    const before = previous as Pod | undefined;
    const pod = object as Pod;
    if (resource !== "pods" || !before?.metadata.finalizers?.includes(tracking) || pod.metadata.finalizers?.includes(tracking)) return;
    const job = jobOf(view, pod);
    if (
      !job ||
      before.status?.phase !== "Succeeded" ||
      isFinished(job) ||
      job.metadata.deletionTimestamp ||
      has(job, "FailureTarget") ||
      has(job, "SuccessCriteriaMet")
    )
      return;
    const { uncountedTerminatedPods, completedIndexes } = job.status ?? {};
    const noted = [
      ...(uncountedTerminatedPods?.succeeded ?? []),
      ...(before.metadata.deletionTimestamp ? (uncountedTerminatedPods?.failed ?? []) : []),
    ];
    const kept = noted.includes(pod.metadata.uid) || (isIndexed(job) && indexesOf(completedIndexes).includes(indexOf(pod) ?? ""));
    return kept ? undefined : `${pod.metadata.name} succeeded and was let go without being noted`;
  },
};

export const jobParallelism: Invariant = {
  name: "Job parallelism",
  onChange(change, view) {
    const pod = newPod(change);
    const job = pod && jobOf(view, pod);
    if (!job) return;
    const { name } = job.metadata;
    const states = recent(view, job);
    if (states.every(isFinished)) return `${name} is over and got ${pod.metadata.name}`;
    if (states.every(({ spec }) => spec?.suspend)) return `${name} is suspended and got ${pod.metadata.name}`;
    const active = podsOf(view, [job]).filter(isActive);
    const most = Math.max(...states.map(({ spec }) => spec?.parallelism ?? 1));
    if (active.length > most) return `${name} runs ${active.length} pods, ${most} are allowed`;
    if (isIndexed(job)) {
      const index = indexOf(pod);
      if (active.filter((each) => indexOf(each) === index).length > 1) return `${name} runs index ${index} twice`;
      if (states.every(({ status }) => indexesOf(status?.completedIndexes).includes(index!))) return `${name} runs index ${index} again`;
    } else if (job.spec?.completions !== undefined) {
      const succeeded = succeededIn(everOf(view, job)).size;
      if (active.length + succeeded > job.spec.completions)
        return `${name} runs ${active.length} pods with ${succeeded} of ${job.spec.completions} done`;
    }
    return;
  },
};

export const jobVerdict: Invariant = {
  name: "a Job's verdict stands",
  onChange(change) {
    const job = changedJob(change);
    const before = change.previous as Job | undefined;
    if (!job) return;
    if (has(job, "Complete") && has(job, "Failed")) return `${job.metadata.name} is both Complete and Failed`;
    if (
      before &&
      before.metadata.uid === job.metadata.uid &&
      isFinished(before) &&
      (has(before, "Complete") !== has(job, "Complete") || !isFinished(job))
    )
      return `${job.metadata.name} changed its mind`;
    const { completions } = job.spec ?? {};
    if (has(job, "Complete") && completions !== undefined && (job.status?.succeeded ?? 0) < completions)
      return `${job.metadata.name} is Complete with ${job.status?.succeeded} of ${completions}`;
    return;
  },
};

function wrongRest(view: View, job: Job): string[] {
  const { metadata, spec, status } = job;
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${metadata.name} ${what}`);
  const pods = podsOf(view, [job]);
  if (metadata.deletionTimestamp) return wrong;
  if ((status?.active ?? 0) !== pods.filter(isActive).length) say(`tells of ${status?.active} active pods and has ${pods.filter(isActive).length}`);
  if (spec?.suspend && !isFinished(job)) {
    if (pods.some(isActive)) say("is suspended and runs");
    if (!has(job, "Suspended")) say("does not tell that it is suspended");
    return wrong;
  }
  if (!isFinished(job)) {
    if (spec?.parallelism !== 0) say(`never ends: ${JSON.stringify(status)}`);
    return wrong;
  }
  const { uncountedTerminatedPods: { succeeded = [], failed = [] } = {} } = status ?? {};
  if (succeeded.length + failed.length > 0) say("has uncounted pods");
  if (pods.some((pod) => pod.metadata.finalizers?.includes(tracking))) say("holds pods back");
  if (imageOf(spec!.template).startsWith("failing") && has(job, "Complete")) say("is Complete without a pod that could succeed");
  if (spec?.ttlSecondsAfterFinished !== undefined) say(`outlives its ${spec.ttlSecondsAfterFinished} s`);
  return wrong;
}

export const jobRest: Invariant = {
  name: "Job at rest",
  settled: (view) => view.history.list(Jobs).flatMap((job) => wrongRest(view, job)),
};

export const jobInvariants: readonly Invariant[] = [jobCounts, nothingLost, jobParallelism, jobVerdict, jobRest];

const cronOf = (view: View, job: Job): CronJob | undefined =>
  view.history.list(CronJobs, job.metadata.namespace).find(({ metadata }) => metadata.uid === controllerUid(job));

const jobsOf = (view: View, cron: CronJob): Job[] =>
  view.history.list(Jobs, cron.metadata.namespace).filter((job) => controllerUid(job) === cron.metadata.uid);

export const concurrency: Invariant = {
  name: "CronJob concurrency",
  onChange(change, view) {
    const job = change.previous ? undefined : changedJob(change);
    const cron = job && cronOf(view, job);
    if (!cron || cron.spec?.concurrencyPolicy === "Allow") return;
    const running = jobsOf(view, cron).filter((each) => !isFinished(each) && !each.metadata.deletionTimestamp);
    return running.length > 1
      ? `${cron.metadata.name} (${cron.spec?.concurrencyPolicy}) runs ${running.map(({ metadata }) => metadata.name).join()}`
      : undefined;
  },
};

export const cronJobRest: Invariant = {
  name: "CronJob at rest",
  settled: (view) =>
    view.history.list(CronJobs).flatMap((cron) => {
      const { metadata, spec, status } = cron;
      if (metadata.deletionTimestamp || namespaceGoes(view, cron)) return [];
      const jobs = jobsOf(view, cron);
      const complete = jobs.filter((job) => has(job, "Complete")).length;
      const failed = jobs.filter((job) => has(job, "Failed")).length;
      const wrong: string[] = [];
      if (complete > (spec?.successfulJobsHistoryLimit ?? 3)) wrong.push(`${metadata.name} keeps ${complete} finished jobs`);
      if (failed > (spec?.failedJobsHistoryLimit ?? 1)) wrong.push(`${metadata.name} keeps ${failed} failed jobs`);
      if (status?.active?.length) wrong.push(`${metadata.name} tells of active jobs: ${status.active.map(({ name }) => name).join()}`);
      return wrong;
    }),
};

export const cronJobInvariants: readonly Invariant[] = [...jobInvariants, concurrency, cronJobRest];
