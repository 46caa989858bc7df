import type { Job, JobStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs, Pods } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { backoffDelay } from "../../base/backoff.ts";
import { rfc3339 } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { omitZero, semanticEqual } from "../equality.ts";
import { candidates, claim, dependants, indexByController, wakesOwners } from "../owners.ts";
import { createPod, deletePod, isNamespaceTerminating } from "../podControl.ts";
import { inDeletionOrder } from "../podRanking.ts";
import { isActive, isReady, isTerminating } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { account, completedText, pendingIndexes, type Account } from "./account.ts";
import { release, releaseOrphans } from "./orphanPods.ts";
import { isIndexed, isTracked, jobPod } from "./pods.ts";
import { completed, isComplete, isFinished, isSuspended, untilDeadline, verdictOf, wantedActive, withVerdict, type Verdict } from "./verdict.ts";

/** As many pods are made or deleted in one run at most. */
const burst = 500;

/** ms; between a failed pod and the next. */
const podBackoff = { base: 10_000, max: 600_000 };

/** Runs Jobs: pods until enough have succeeded, each counted once. */
export const jobController: Controller = {
  name: "job-controller",
  account: "job-controller",
  start(context) {
    const jobs = context.informers.of(Jobs);
    const pods = indexByController(context.informers.of(Pods));
    const controller = new JobController(context, jobs, pods);
    const selects = (owner: Job, labels: Record<string, string>) => labelSelectorMatcher(owner.spec?.selector)(labels);
    const running = new Disposables();
    running.add(
      runReconciler({
        ...loopOptions(context),
        name: "job",
        sources: [source(jobs), source(pods, wakesOwners(jobs, selects))],
        reconcile: (key, run) => controller.reconcile(key, run),
      }),
    );
    running.add(releaseOrphans(context, jobs, pods));
    return running;
  },
};

interface Failures {
  count: number;
  /** ms */
  last: number;
}

interface Run {
  client: Client;
  job: Job;
  pods: Pod[];
  active: Pod[];
  counted: Account;
  now: number;
}

class JobController {
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  /** Failures since the last success, by uid. */
  readonly #failures = new Map<string, Failures>();

  constructor(context: ControllerContext, jobs: Informer<Job>, pods: Informer<Pod>) {
    this.#context = context;
    this.#jobs = jobs;
    this.#pods = pods;
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const job = this.#jobs.get(key);
    if (!job || (job.spec?.managedBy && job.spec.managedBy !== "kubernetes.io/job-controller")) return;
    if (isFinished(job) || job.metadata.deletionTimestamp) return this.#letGo(client, job);
    const selects = labelSelectorMatcher(job.spec?.selector);
    const pods = await claim({ client, type: Pods, owner: job, ownerType: Jobs, selects, objects: candidates(this.#pods, job) });
    const now = this.#context.clock.now();
    const active = pods.filter(isActive);
    const first = account(job, pods, false);
    this.#noteFailures(job, first, now);
    const verdict = verdictOf(job, pods, first, now);
    const counted = verdict ? account(job, pods, true) : first;
    const run: Run = { client, job, pods, active, counted, now };
    const wait = verdict ? await this.#deleteAll(run) : await this.#manage(run);
    await this.#report(run, verdict ?? (isComplete(job, counted, active.length) ? completed : undefined));
    const waits = [wait, verdict ? undefined : untilDeadline(job, now)].filter((each) => each !== undefined);
    return waits.length > 0 ? { requeueAfter: Math.min(...waits) } : undefined;
  }

  /** Nothing is counted any more: pods must not be held back. */
  async #letGo(client: Client, job: Job): Promise<void> {
    this.#failures.delete(job.metadata.uid);
    await together(dependants(this.#pods, job).filter(isTracked), (pod) => release(client, pod));
  }

  #noteFailures(job: Job, { newlyFailed, newlySucceeded }: Account, now: number): void {
    const { uid } = job.metadata;
    if (newlySucceeded.length > 0) this.#failures.delete(uid);
    if (newlyFailed.length > 0) this.#failures.set(uid, { count: (this.#failures.get(uid)?.count ?? 0) + newlyFailed.length, last: now });
  }

  async #deleteAll({ client, job, active }: Run): Promise<undefined> {
    await together(active, (pod) => deletePod({ client, events: this.#context.events }, job, pod));
    return undefined;
  }

  /** Brings the number of running pods to what it should be; answers with the ms to wait when a failure was too recent. */
  async #manage(run: Run): Promise<number | undefined> {
    const { client, job, pods, active, counted, now } = run;
    const wanted = wantedActive(job, counted, active.length);
    const surplus = active.length - wanted;
    if (surplus > 0) {
      const doomed = inDeletionOrder(active, () => 0, now).slice(0, Math.min(surplus, burst));
      await together(doomed, async (pod) => {
        await release(client, pod);
        await deletePod({ client, events: this.#context.events }, job, pod);
      });
      return undefined;
    }
    const terminating = job.spec?.podReplacementPolicy === "Failed" ? pods.filter(isTerminating).length : 0;
    const missing = Math.min(-surplus - terminating, burst);
    if (missing <= 0) return undefined;
    const wait = this.#backoff(job, now);
    if (wait > 0) return wait;
    await this.#create(run, missing);
    return undefined;
  }

  #backoff(job: Job, now: number): number {
    const failures = this.#failures.get(job.metadata.uid);
    return failures ? failures.last + backoffDelay(failures.count - 1, podBackoff) - now : 0;
  }

  async #create({ client, job, active, counted }: Run, count: number): Promise<void> {
    const indexes = isIndexed(job) ? pendingIndexes(job, counted, active, count) : Array.from({ length: count }, () => undefined);
    await slowStart(indexes.length, (i) =>
      createPod({ client, events: this.#context.events }, job, jobPod(job, indexes[i])).catch((error: unknown) => {
        if (!isNamespaceTerminating(error)) throw error;
      }),
    );
  }

  /** Notes ended pods in the status, lets them go, and only then counts them. */
  async #report(run: Run, verdict: Verdict | undefined): Promise<void> {
    const { client, job, counted } = run;
    const noted = this.#status(run, verdict, job.status ?? {}, counted, false);
    const written = semanticEqual(noted, job.status) ? job : await client.resource(Jobs).updateStatus({ ...job, status: noted });
    await together(counted.ended, (pod) => release(client, pod));
    if (counted.ended.length === 0 && !verdict) return;
    const released = new Set(counted.ended.map(({ metadata }) => metadata.uid));
    const held = run.pods.filter(({ metadata }) => !released.has(metadata.uid));
    const settled = account(written, held, verdict !== undefined);
    // Pods that this run deleted still run: the end comes with theirs.
    const over = verdict !== undefined && run.active.length === 0 && settled.ended.length === 0 && !run.pods.some(isTerminating);
    const status = this.#status(run, verdict, written.status ?? {}, settled, over);
    if (!semanticEqual(status, written.status)) await client.resource(Jobs).updateStatus({ ...written, status });
    if (over) this.#announce(job, verdict, settled);
  }

  #announce(job: Job, { type, reason, message }: Verdict, { succeeded }: Account): void {
    const { events } = this.#context;
    if (type === "FailureTarget") return events.event(job, "Warning", reason, message);
    if (job.spec?.completions !== undefined && succeeded > job.spec.completions)
      events.event(job, "Warning", "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
    events.event(job, "Normal", "Completed", "Job completed");
  }

  #status({ job, pods, active, now }: Run, verdict: Verdict | undefined, before: JobStatus, counted: Account, over: boolean): JobStatus {
    const stamp = rfc3339(now);
    const suspended = isSuspended(job);
    const resumed = findCondition(before.conditions, "Suspended")?.status === "True" && !suspended;
    const startTime = suspended ? undefined : resumed ? stamp : (before.startTime ?? stamp);
    const { uncounted } = counted;
    const conditions = verdict ? withVerdict(before.conditions, verdict, over, stamp) : this.#suspension(job, before, stamp);
    return {
      ...omitZero({
        active: active.length,
        succeeded: counted.succeeded - uncounted.succeeded.length,
        failed: counted.failed - uncounted.failed.length,
        completedIndexes: isIndexed(job) ? completedText(counted.completedIndexes) : "",
        startTime: startTime ?? "",
        completionTime: over && verdict?.type === "SuccessCriteriaMet" ? stamp : (before.completionTime ?? ""),
      }),
      ready: active.filter(isReady).length,
      terminating: pods.filter(isTerminating).length,
      uncountedTerminatedPods: {
        ...(uncounted.succeeded.length > 0 ? { succeeded: uncounted.succeeded } : {}),
        ...(uncounted.failed.length > 0 ? { failed: uncounted.failed } : {}),
      },
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  #suspension(job: Job, { conditions = [] }: JobStatus, stamp: string) {
    const current = findCondition(conditions, "Suspended");
    const suspended = isSuspended(job);
    if ((current?.status === "True") === suspended) return conditions;
    const text = suspended
      ? { status: "True", reason: "JobSuspended", message: "Job suspended" }
      : { status: "False", reason: "JobResumed", message: "Job resumed" };
    this.#context.events.event(job, "Normal", suspended ? "Suspended" : "Resumed", text.message);
    return withCondition(conditions, { type: "Suspended", ...text, lastProbeTime: stamp, lastTransitionTime: stamp });
  }
}
