import type { CronJob, Job, ObjectReference } from "../../../shared/kubernetes/types.ts";
import { CronJobs, Jobs } from "../../api/resources.ts";
import { hasReason } from "../../api/statusError.ts";
import { rfc3339 } from "../../base/clock.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import { controllerReference, dependants, indexByController, isControlledBy, ownerKey } from "../owners.ts";
import { isNamespaceTerminating, messageOf } from "../podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { dueAt, type Due } from "./due.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

const timestampAnnotation = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** Makes Jobs by schedule, and keeps as many finished ones as asked for. */
export const cronJobController: Controller = {
  name: "cronjob-controller",
  account: "cronjob-controller",
  start(context) {
    const cronJobs = context.informers.of(CronJobs);
    const jobs = indexByController(context.informers.of(Jobs));
    const controller = new CronJobController(context, cronJobs, jobs);
    return runReconciler({
      ...loopOptions(context),
      name: "cronjob",
      sources: [source(cronJobs), source(jobs, (job) => ownerKey(cronJobs as never, job))],
      reconcile: (key, run) => controller.reconcile(key, run),
    });
  },
};

const finishOf = ({ status }: Job): "Complete" | "Failed" | undefined =>
  status?.conditions?.find(({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True")?.type as
    | "Complete"
    | "Failed"
    | undefined;

class CronJobController {
  readonly #context: ControllerContext;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;

  constructor(context: ControllerContext, cronJobs: Informer<CronJob>, jobs: Informer<Job>) {
    this.#context = context;
    this.#cronJobs = cronJobs;
    this.#jobs = jobs;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const cronJob = this.#cronJobs.get(key);
    if (!cronJob) return;
    const draft = structuredClone(cronJob);
    draft.status ??= {};
    const jobs = dependants(this.#jobs, cronJob);
    this.#noteEnds(draft, jobs);
    try {
      const wait = cronJob.metadata.deletionTimestamp || cronJob.spec?.suspend ? undefined : await this.#start(client, draft);
      await this.#cleanUp(client, draft, jobs);
      return wait === undefined || wait === Number.POSITIVE_INFINITY ? undefined : { requeueAfter: wait };
    } finally {
      if (!semanticEqual(draft.status, cronJob.status)) await client.resource(CronJobs).updateStatus(draft);
    }
  }

  #tell(cronJob: CronJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.events.event(cronJob, type, reason, message);
  }

  #noteEnds(draft: CronJob, jobs: Job[]): void {
    const status = draft.status!;
    const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
    const active = status.active ?? [];
    for (const job of jobs) {
      if (!finishOf(job) && !active.some(({ uid }) => uid === job.metadata.uid))
        this.#tell(draft, "Warning", "UnexpectedJob", `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
      const end = finishOf(job) === "Complete" ? job.status?.completionTime : undefined;
      if (end && end > (status.lastSuccessfulTime ?? "")) status.lastSuccessfulTime = end;
    }
    status.active = active.filter(({ uid, name }) => {
      const job = byUid.get(uid ?? "");
      const finish = job && finishOf(job);
      if (!job) this.#tell(draft, "Normal", "MissingJob", `Active job went missing: ${name}`);
      if (finish) this.#tell(draft, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${finish}`);
      return job && !finish;
    });
    if (status.active.length === 0) delete status.active;
  }

  /** Starts the Job that is due; answers with the ms until the next one. */
  async #start(client: Client, draft: CronJob): Promise<number | undefined> {
    const schedule = this.#schedule(draft);
    if (!schedule) return undefined;
    const now = this.#context.clock.now();
    const due = dueAt(draft, schedule, now);
    if (due.wait === Number.POSITIVE_INFINITY) {
      const message = `invalid schedule: ${draft.spec!.schedule} : time difference between two schedules is less than 1 second`;
      this.#tell(draft, "Warning", "InvalidSchedule", message);
    }
    if (due.manyMissed)
      this.#tell(
        draft,
        "Warning",
        "TooManyMissedTimes",
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
    if (due.at !== undefined && this.#mayStart(draft, due, now)) await this.#startAt(client, draft, due.at);
    return due.wait;
  }

  #schedule(draft: CronJob): Schedule | undefined {
    const { schedule, timeZone } = draft.spec!;
    if (schedule.includes("TZ"))
      this.#tell(
        draft,
        "Warning",
        "UnsupportedSchedule",
        `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
      );
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      if (error instanceof RangeError)
        this.#tell(draft, "Warning", "UnknownTimeZone", `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`);
      else this.#tell(draft, "Warning", "UnparseableSchedule", `unparseable schedule: "${schedule}" : ${messageOf(error)}`);
      return undefined;
    }
  }

  #mayStart(draft: CronJob, { at }: Due, now: number): boolean {
    const { startingDeadlineSeconds, concurrencyPolicy } = draft.spec!;
    const { active = [] } = draft.status!;
    if (startingDeadlineSeconds !== undefined && at! + startingDeadlineSeconds * 1000 < now) {
      this.#tell(draft, "Warning", "MissSchedule", `Missed scheduled time to start a job: ${new Date(at!).toUTCString().replace("GMT", "+0000")}`);
      return false;
    }
    if (active.some(({ name }) => name === jobName(draft, at!))) return false;
    if (concurrencyPolicy !== "Forbid" || active.length === 0) return true;
    this.#tell(draft, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
    return false;
  }

  async #startAt(client: Client, draft: CronJob, at: number): Promise<void> {
    const status = draft.status!;
    if (draft.spec!.concurrencyPolicy === "Replace") {
      for (const { name = "", namespace } of status.active ?? []) await this.#deleteJob(client, draft, { name, namespace: namespace! });
      delete status.active;
    }
    const job = await this.#createJob(client, draft, at);
    status.lastScheduleTime = rfc3339(at);
    if (job) status.active = [...(status.active ?? []), referenceTo(job)];
  }

  async #createJob(client: Client, draft: CronJob, at: number): Promise<Job | undefined> {
    const made = jobFrom(draft, at);
    try {
      const job = await client.resource(Jobs).create(made);
      this.#tell(draft, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) {
        const existing = await client.resource(Jobs).get({ name: made.metadata.name, namespace: draft.metadata.namespace });
        return isControlledBy(existing, draft) && !finishOf(existing) ? existing : undefined;
      }
      if (!isNamespaceTerminating(error)) this.#tell(draft, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }

  async #cleanUp(client: Client, draft: CronJob, jobs: Job[]): Promise<void> {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = draft.spec!;
    const limits = [
      ["Complete", successfulJobsHistoryLimit],
      ["Failed", failedJobsHistoryLimit],
    ] as const;
    for (const [finish, limit] of limits) {
      const finished = jobs
        .filter((job) => finishOf(job) === finish && !job.metadata.deletionTimestamp)
        .sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) await this.#deleteJob(client, draft, job.metadata);
    }
  }

  async #deleteJob(client: Client, draft: CronJob, key: { name: string; namespace: string }): Promise<void> {
    try {
      await client.resource(Jobs).delete(key, { propagationPolicy: "Background" });
      this.#tell(draft, "Normal", "SuccessfulDelete", `Deleted job ${key.name}`);
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      this.#tell(draft, "Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  }
}

const startOf = ({ metadata, status }: Job): string => `${status?.startTime ?? metadata.creationTimestamp}/${metadata.name}`;

/** Named after its minute: the same time never makes two. */
const jobName = (cronJob: CronJob, at: number): string => `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`;

function jobFrom(cronJob: CronJob, at: number) {
  const { metadata, spec } = cronJob.spec!.jobTemplate;
  const { namespace } = cronJob.metadata;
  const zone = cronJob.spec!.timeZone;
  const annotations = { ...metadata?.annotations, [timestampAnnotation]: zone ? zonedTime(at, zone) : rfc3339(at) };
  const labels = metadata?.labels;
  return {
    metadata: {
      name: jobName(cronJob, at),
      namespace,
      ...(labels ? { labels } : {}),
      annotations,
      ownerReferences: [controllerReference(CronJobs, cronJob)],
    },
    spec: spec!,
  };
}

/** RFC 3339 with the zone's offset. */
function zonedTime(at: number, timeZone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "longOffset",
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const offset = parts.timeZoneName!.slice("GMT".length) || "Z";
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}${offset}`;
}

function referenceTo({ metadata: { name, namespace, uid, resourceVersion } }: Job): ObjectReference {
  return { kind: "Job", namespace, name, uid, apiVersion: "batch/v1", resourceVersion };
}
