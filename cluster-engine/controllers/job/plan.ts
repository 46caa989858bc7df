import type { Job, Pod } from "../../../shared/kubernetes/types.ts";
import { inDeletionOrder } from "../podRanking.ts";
import { isTerminating } from "../podState.ts";
import { backoffLeft, type Failures } from "./failures.ts";
import { indexBackoff } from "./perIndex.ts";
import { hasLimitPerIndex, indexOf, isIndexed, replacesOnlyFailed } from "./pods.ts";
import type { Tally } from "./tally.ts";
import { isSuspended } from "./verdict.ts";

/** As many pods are made or deleted in one run at most. */
const burst = 500;

/** What is to be done about the running pods of a Job that goes on. */
export interface Plan {
  remove: Pod[];
  /** One new pod each; undefined for a Job without indexes. */
  add: (number | undefined)[];
  /** ms to wait since pods failed too recently. */
  wait?: number;
}

export interface Situation {
  job: Job;
  pods: Pod[];
  active: Pod[];
  tally: Tally;
  failures: Failures | undefined;
  /** ms */
  now: number;
}

/** Either removes or adds: surplus goes first. */
export function planOf(situation: Situation): Plan {
  const { job, pods, active, tally, failures, now } = situation;
  const wanted = wantedActive(job, tally, active.length);
  const remove = toRemove(situation, Math.max(0, active.length - wanted)).slice(0, burst);
  if (remove.length > 0 || isSuspended(job)) return { remove, add: [] };
  const terminating = replacesOnlyFailed(job) ? pods.filter(isTerminating).length : 0;
  const missing = Math.min(wanted - terminating - active.length, burst);
  if (missing <= 0) return { remove: [], add: [] };
  if (hasLimitPerIndex(job)) return byIndex(situation, missing);
  const wait = backoffLeft(failures, now);
  if (wait > 0) return { remove: [], add: [], wait };
  return { remove: [], add: isIndexed(job) ? pendingIndexes(situation, missing) : Array.from({ length: missing }, () => undefined) };
}

/** Each index waits for its own failures alone. */
function byIndex(situation: Situation, missing: number): Plan {
  const { tally, now } = situation;
  const pending = pendingIndexes(situation, missing);
  const waits = pending.map((index) => indexBackoff(tally.awaited.get(index), now));
  const add = pending.filter((_, i) => waits[i] === 0);
  const wait = waits.filter((each) => each > 0).sort((a, b) => a - b)[0];
  return { remove: [], add, ...(wait === undefined ? {} : { wait }) };
}

/** How many pods should run now. */
export function wantedActive({ spec }: Job, { succeeded }: Tally, active: number): number {
  const parallelism = spec?.parallelism ?? 1;
  if (spec?.suspend) return 0;
  if (spec?.completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - succeeded));
}

/** The first indexes without a completion, a final failure or a pod. */
function pendingIndexes({ job, pods, active, tally }: Situation, count: number): number[] {
  const ending = replacesOnlyFailed(job) ? pods.filter(isTerminating) : [];
  const taken = new Set([...active, ...ending].map(indexOf));
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < count; index++)
    if (!taken.has(index) && !tally.completed.has(index) && !tally.failedIndexes?.has(index)) pending.push(index);
  return pending;
}

/** Pods of an index that another has, or that does not exist, and at least so many altogether. */
function toRemove({ job, active, now }: Situation, atLeast: number): Pod[] {
  const ordered = inDeletionOrder(active, () => 0, now);
  const misplaced = isIndexed(job) ? ordered.filter((pod, i) => isMisplaced(job, pod, ordered.slice(i + 1))) : [];
  const others = ordered.filter((pod) => !misplaced.includes(pod));
  return [...misplaced, ...others.slice(0, Math.max(0, atLeast - misplaced.length))];
}

function isMisplaced(job: Job, pod: Pod, better: Pod[]): boolean {
  const index = indexOf(pod);
  return index === undefined || index >= (job.spec?.completions ?? 0) || better.some((other) => indexOf(other) === index);
}
