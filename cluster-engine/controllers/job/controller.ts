import type { Job, JobStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { Jobs, Pods } from "../../api/resources.ts";
import { labelSelectorMatcher } from "../../api/selectors.ts";
import { rfc3339 } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import { slowStart, together } from "../batches.ts";
import { semanticEqual } from "../equality.ts";
import { candidates, claim, dependants, indexByController, wakesOwners } from "../owners.ts";
import { createPod, deletePod, isNamespaceTerminating } from "../podControl.ts";
import { isActive, isReady, isTerminating } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { failuresAfter, type Failures } from "./failures.ts";
import { releaseOrphans } from "./orphanPods.ts";
import { failureAnnotations } from "./perIndex.ts";
import { hasLimitPerIndex, isTracked, jobPod, release, trackingFinalizer } from "./pods.ts";
import { planOf, type Plan, type Situation } from "./plan.ts";
import { compact, endedPods, withAnnouncement, withCounted, withEnd, withNoted, withSuspension } from "./status.ts";
import { tallyOf } from "./tally.ts";
import { completedVerdict, isComplete, isFinished, isSuspended, untilDeadline, verdictOf, type Verdict } from "./verdict.ts";

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
    running.add(jobs.handle({ onDelete: (job) => controller.forget(job) }));
    running.add(releaseOrphans(context, jobs, pods));
    return running;
  },
};

interface Run extends Situation {
  client: Client;
  /** As it was read: what writes begin with. */
  cached: Job;
  /** As they will be after this run's writes. */
  counts: { active: number; ready: number; terminating: number };
}

/** What was done about the pods; an error is thrown once the status is written. */
interface Outcome {
  verdict?: Verdict;
  /** The Job goes on, and its pods are as many as they should be. */
  managed?: boolean;
  wait?: number;
  error?: unknown;
}

class JobController {
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  /** By uid of the Job. */
  readonly #failures = new Map<string, Failures>();

  constructor(context: ControllerContext, jobs: Informer<Job>, pods: Informer<Pod>) {
    this.#context = context;
    this.#jobs = jobs;
    this.#pods = pods;
  }

  forget({ metadata }: Job): void {
    this.#failures.delete(metadata.uid);
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const job = this.#jobs.get(key);
    if (!job || (job.spec?.managedBy && job.spec.managedBy !== "kubernetes.io/job-controller")) return;
    if (isFinished(job)) return this.#letGo(client, job);
    const run = await this.#situation(client, job);
    const { pods, tally, now } = run;
    const verdict = verdictOf(run.job, pods, tally, now);
    const outcome = verdict ? await this.#end(run, verdict) : await this.#goOn(run);
    await this.#report(run, outcome);
    if (outcome.error) throw outcome.error;
    const waits = [outcome.wait, verdict ? undefined : untilDeadline(run.job, now)].filter((each) => each !== undefined);
    return waits.length > 0 ? { requeueAfter: Math.min(...waits) } : undefined;
  }

  /** Nothing is counted any more: pods must not be held back. */
  async #letGo(client: Client, job: Job): Promise<void> {
    this.#failures.delete(job.metadata.uid);
    await together(dependants(this.#pods, job).filter(isTracked), (pod) => release(client, pod));
  }

  async #situation(client: Client, cached: Job): Promise<Run> {
    const now = this.#context.clock.now();
    const startTime = cached.status?.startTime ?? (isSuspended(cached) ? undefined : rfc3339(now));
    const job = { ...cached, status: { ...cached.status, startTime } };
    const selects = labelSelectorMatcher(job.spec?.selector);
    const objects = candidates(this.#pods, job);
    const pods = await claim({ client, type: Pods, owner: job, ownerType: Jobs, selects, objects, finalizer: trackingFinalizer });
    const active = pods.filter(isActive);
    const tally = tallyOf(job, pods);
    const failures = failuresAfter(this.#failures.get(job.metadata.uid), tally.newlySucceeded, tally.newlyFailed);
    const counts = { active: active.length, ready: active.filter(isReady).length, terminating: pods.filter(isTerminating).length };
    return { client, cached, job, pods, active, tally, failures, now, counts };
  }

  /** The Job is over: so are its pods. It has no verdict until each of them is on its way out. */
  async #end({ client, job, active, counts }: Run, verdict: Verdict): Promise<Outcome> {
    try {
      await together(active, (pod) => deletePod({ client, events: this.#context.events }, job, pod));
    } catch (error) {
      return { error };
    }
    Object.assign(counts, { active: 0, ready: 0, terminating: counts.terminating + active.length });
    return { verdict };
  }

  async #goOn(run: Run): Promise<Outcome> {
    const { job, tally, counts } = run;
    const plan = job.metadata.deletionTimestamp ? undefined : planOf(run);
    const error = plan && (await this.#enact(run, plan).catch((reason: unknown) => reason));
    const verdict = isComplete(job, tally, counts.active) ? completedVerdict : undefined;
    return { verdict, managed: plan !== undefined && !verdict, wait: plan?.wait, error };
  }

  async #enact(run: Run, { remove, add }: Plan): Promise<void> {
    const { client, job, tally, counts } = run;
    const { events } = this.#context;
    await together(remove, async (pod) => {
      // Who is not wanted any more has not failed.
      await release(client, pod);
      await deletePod({ client, events }, job, pod);
      counts.active--;
      if (isReady(pod)) counts.ready--;
      counts.terminating++;
    });
    await slowStart(add.length, async (i) => {
      const index = add[i];
      const annotations = index !== undefined && hasLimitPerIndex(job) ? failureAnnotations(job, tally.awaited.get(index)) : {};
      try {
        await createPod({ client, events }, job, jobPod(job, index, annotations));
        counts.active++;
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    });
  }

  /** Notes ended pods in the status, lets them go, and only then counts them. */
  async #report(run: Run, { verdict, managed }: Outcome): Promise<void> {
    const { client, cached, pods, now, failures } = run;
    const ended = endedPods({ ...run, verdict });
    const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
    const noted = this.#noted(run, tracked, ended, managed ?? false);
    const written = await this.#write(client, cached, verdict ? withAnnouncement(noted, verdict, now) : noted);
    if (failures) this.#failures.set(run.job.metadata.uid, failures);
    else this.#failures.delete(run.job.metadata.uid);
    const error = await this.#release(client, ended.pods, tracked);
    const counted = withCounted(written.status!, tracked);
    const final = verdict && ended.all && !error ? withEnd(counted, verdict, now) : counted;
    await this.#write(client, written, final);
    if (error) throw error;
    if (verdict && final !== counted) this.#announce(run.job, verdict, final);
  }

  #noted({ job, tally, counts, now }: Run, tracked: Set<string>, ended: ReturnType<typeof endedPods>, managed: boolean): JobStatus {
    const status = { ...withCounted(job.status!, tracked), ...counts };
    const noted = withNoted(status, job, tally, ended);
    const next = managed ? withSuspension(noted, isSuspended(job), now) : noted;
    if (next !== noted) {
      const word = isSuspended(job) ? "suspended" : "resumed";
      this.#context.events.event(job, "Normal", isSuspended(job) ? "Suspended" : "Resumed", `Job ${word}`);
    }
    return next;
  }

  /** Lets pods go and takes their uids out of `tracked`; answers with the first error. */
  async #release(client: Client, pods: Pod[], tracked: Set<string>): Promise<unknown> {
    const released = together(pods, async (pod) => {
      await release(client, pod);
      tracked.delete(pod.metadata.uid);
    });
    return released.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  async #write(client: Client, job: Job, status: JobStatus): Promise<Job> {
    const next = compact(status);
    return semanticEqual(next, job.status) ? { ...job, status } : client.resource(Jobs).updateStatus({ ...job, status: next });
  }

  #announce(job: Job, { type, reason, message }: Verdict, { succeeded = 0 }: JobStatus): void {
    const { events } = this.#context;
    if (type === "FailureTarget") return events.event(job, "Warning", reason, message);
    if (job.spec?.completions !== undefined && succeeded > job.spec.completions)
      events.event(job, "Warning", "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
    events.event(job, "Normal", "Completed", "Job completed");
  }
}
