import type { CronJob } from "../../../shared/kubernetes/types.ts";
import type { Schedule } from "./schedule.ts";

export interface Due {
  /** The latest time that was not served yet; undefined when there is none. */
  at: number | undefined;
  /** More than a hundred were missed, by a rough count. */
  manyMissed: boolean;
  /** ms until the next time; infinite for a schedule that never comes. */
  wait: number;
}

/** What is due at `now`, ms. Of several missed times only the latest is. */
export function dueAt({ metadata, spec, status }: CronJob, schedule: Schedule, now: number): Due {
  let earliest = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp);
  const deadline = spec?.startingDeadlineSeconds;
  if (deadline !== undefined) earliest = Math.max(earliest, now - deadline * 1000);
  const first = schedule.next(earliest);
  const wait = (schedule.next(now) ?? Number.POSITIVE_INFINITY) - now;
  if (first === undefined || first > now) return { at: undefined, manyMissed: false, wait };
  const second = schedule.next(first);
  if (second === undefined || second > now) return { at: first, manyMissed: false, wait };
  const missed = Math.floor((now - first) / (second - first)) + 1;
  return { at: latestTime(schedule, first, second - first, now), manyMissed: missed > 100, wait };
}

/** The last time up to `now`, looked for from ever further back: a schedule of minutes may have been missed for months. */
function latestTime(schedule: Schedule, first: number, interval: number, now: number): number {
  const steps = Math.floor((now - first) / interval);
  for (let back = 1; back < steps; back *= 2) {
    const found = lastBetween(schedule, first + (steps - back) * interval, now);
    if (found !== undefined) return found;
  }
  return lastBetween(schedule, first, now) ?? first;
}

function lastBetween(schedule: Schedule, after: number, now: number): number | undefined {
  let last: number | undefined;
  for (let at = schedule.next(after); at !== undefined && at <= now; at = schedule.next(at)) last = at;
  return last;
}
