import type { CronJob } from "../../../shared/kubernetes/types.ts";
import type { Schedule } from "./schedule.ts";

export interface Due {
  /** The latest time that was not served yet; undefined when there is none. */
  at: number | undefined;
  /** More than a hundred were missed. */
  manyMissed: boolean;
  /** ms until the next time. */
  wait: number;
}

/** What is due at `now`, ms. */
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
  let latest = first;
  // Close to the end already: a schedule of minutes may have been missed for months.
  for (let at = schedule.next(first + (missed - 2) * (second - first)); at !== undefined && at <= now; at = schedule.next(at)) latest = at;
  return { at: latest, manyMissed: missed > 100, wait };
}
