import { beforeEach, expect, test } from "vitest";
import type { CronJob } from "../../../shared/kubernetes/types.ts";
import { CronJobs, Jobs } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { cronJobController } from "./controller.ts";
import { dueAt } from "./due.ts";
import { parseSchedule } from "./schedule.ts";

const at = (text: string): number => Date.parse(text);

test.each([
  ["*/15 * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z"],
  ["0 9 * * mon-fri", "UTC", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z"],
  ["0 0 13 * fri", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
  ["0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"],
  ["@hourly", "UTC", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"],
  ["@every 1h30m", "UTC", "2026-01-01T00:00:10Z", "2026-01-01T01:30:10Z"],
  ["5/20 3 * * *", "UTC", "2026-01-01T03:06:00Z", "2026-01-01T03:25:00Z"],
  ["0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
  ["30 2 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"],
  ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"],
  ["0 12 * * *", "America/New_York", "2026-07-01T00:00:00Z", "2026-07-01T16:00:00Z"],
  // The clock goes forward from 2 to 3 at 7:00Z.
  ["0 * * * *", "America/New_York", "2012-03-11T06:00:00Z", "2012-03-11T07:00:00Z"],
  ["0 1 * * *", "America/New_York", "2012-03-11T06:00:00Z", "2012-03-12T05:00:00Z"],
  ["0 2 * * *", "America/New_York", "2012-03-11T05:00:00Z", "2012-03-12T06:00:00Z"],
  ["30 2 11 3 *", "America/New_York", "2012-03-11T05:00:00Z", "2013-03-11T06:30:00Z"],
  // The clock goes back from 2 to 1 at 6:00Z: one o'clock comes twice.
  ["0 * * * *", "America/New_York", "2012-11-04T05:00:00Z", "2012-11-04T06:00:00Z"],
  ["0 1 * * *", "America/New_York", "2012-11-04T04:00:00Z", "2012-11-04T05:00:00Z"],
  ["0 1 * * *", "America/New_York", "2012-11-04T05:00:00Z", "2012-11-04T06:00:00Z"],
  ["0 1 * * *", "America/New_York", "2012-11-04T06:00:00Z", "2012-11-05T06:00:00Z"],
  ["30 1 4 11 *", "America/New_York", "2012-11-04T05:45:00Z", "2012-11-04T06:30:00Z"],
  ["0 2 * * *", "America/New_York", "2012-11-04T04:00:00Z", "2012-11-04T07:00:00Z"],
  ["TZ=Asia/Tokyo 0 9 * * *", "UTC", "2026-01-01T01:00:00Z", "2026-01-02T00:00:00Z"],
  ["45 5 * * *", "Asia/Kathmandu", "2026-01-01T00:30:00Z", "2026-01-02T00:00:00Z"],
])("%s in %s after %s", (schedule, zone, after, expected) => {
  expect(rfc3339(parseSchedule(schedule, zone).next(at(after))!)).toBe(expected);
});

test.each([
  ["* * * *", "expected exactly 5 fields, found 4"],
  ["61 * * * *", "end of range (61) above maximum (59)"],
  ["x * * * *", "failed to parse int from x"],
  ["5-1 * * * *", "beginning of range (5) beyond end of range (1)"],
  ["*/0 * * * *", "step of range should be a positive number"],
])("%s is refused", (schedule, message) => {
  expect(() => parseSchedule(schedule)).toThrow(message);
});

test.each([
  ["nothing yet", "* * * * *", "00:00:30", { at: undefined, manyMissed: false, wait: 30_000 }],
  ["one", "* * * * *", "00:01:30", { at: "00:01:00", manyMissed: false, wait: 30_000 }],
  ["the latest of several", "* * * * *", "00:05:10", { at: "00:05:00", manyMissed: false, wait: 50_000 }],
  ["the latest of many", "* * * * *", "02:00:10", { at: "02:00:00", manyMissed: true, wait: 50_000 }],
  ["the latest of uneven ones", "0,1 0-1 * * *", "20:00:00", { at: "01:01:00", manyMissed: false, wait: 4 * 3_600_000 }],
  ["never", "0 0 31 2 *", "02:00:00", { at: undefined, manyMissed: false, wait: Number.POSITIVE_INFINITY }],
])("due: %s", (_, schedule, time, { at: due, ...rest }) => {
  const day = (text: string) => at(`2026-01-01T${text}Z`);
  const cronJob = { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" } } as CronJob;
  expect(dueAt(cronJob, parseSchedule(schedule), day(time))).toEqual({ at: due === undefined ? undefined : day(due), ...rest });
});

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(cronJobController);
});

async function makeCronJob(spec: Partial<NonNullable<CronJob["spec"]>> = {}): Promise<CronJob> {
  const made = cluster.api.put(CronJobs, {
    metadata: { name: "c", namespace: "default" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: {} } } as never, ...spec },
  });
  await cluster.settle();
  return made;
}

const names = () => cluster.api.all(Jobs).map(({ metadata }) => metadata.name);
const status = () => cluster.api.must(CronJobs, "default/c").status!;
const minuteOf = (text: string) => Math.floor(at(text) / 60_000);

async function finish(name: string, type: "Complete" | "Failed"): Promise<void> {
  cluster.api.change(
    Jobs,
    `default/${name}`,
    (draft) => (draft.status = { conditions: [{ type, status: "True" }], completionTime: rfc3339(cluster.clock.now()) }),
  );
  await cluster.settle();
}

test("makes a Job each minute, notes what is active and when the last one succeeded", async () => {
  const made = await makeCronJob();
  expect(names()).toEqual([]);
  await cluster.step(60_000);
  const first = `c-${minuteOf("2026-01-01T00:01:00Z")}`;
  expect(names()).toEqual([first]);
  expect(status()).toMatchObject({ lastScheduleTime: "2026-01-01T00:01:00Z", active: [{ kind: "Job", name: first }] });
  expect(cluster.api.all(Jobs)[0]!.metadata).toMatchObject({
    annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:01:00Z" },
    ownerReferences: [{ kind: "CronJob", name: "c", controller: true }],
  });
  await finish(first, "Complete");
  expect(status().active).toBeUndefined();
  expect(status().lastSuccessfulTime).toBe("2026-01-01T00:01:00Z");
  expect(cluster.eventsOf(made)).toEqual([
    `Normal SuccessfulCreate Created job ${first}`,
    `Normal SawCompletedJob Saw completed job: ${first}, condition: Complete`,
  ]);
  await cluster.step(60_000);
  expect(names()).toHaveLength(2);
});

test("Forbid waits for the running Job, Replace ends it", async () => {
  const made = await makeCronJob({ concurrencyPolicy: "Forbid" });
  await cluster.step(60_000);
  await cluster.step(60_000);
  expect(names()).toHaveLength(1);
  expect(cluster.eventsOf(made)).toContain(
    "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid",
  );
  cluster.api.change(CronJobs, "default/c", (draft) => (draft.spec!.concurrencyPolicy = "Replace"));
  await cluster.settle();
  await cluster.step(60_000);
  expect(names()).toEqual([`c-${minuteOf("2026-01-01T00:03:00Z")}`]);
});

test("keeps as many finished Jobs as the limits say", async () => {
  await makeCronJob({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 });
  for (const type of ["Complete", "Failed", "Complete"] as const) {
    await cluster.step(60_000);
    await finish(names().at(-1)!, type);
  }
  expect(names()).toEqual([`c-${minuteOf("2026-01-01T00:03:00Z")}`]);
});

test("a suspended one makes nothing; resumed, it catches up with the latest time only", async () => {
  await makeCronJob({ suspend: true });
  await cluster.step(600_000);
  expect(names()).toEqual([]);
  cluster.api.change(CronJobs, "default/c", (draft) => (draft.spec!.suspend = false));
  await cluster.settle();
  expect(names()).toEqual([`c-${minuteOf("2026-01-01T00:10:00Z")}`]);
});

test("a time that is past its starting deadline is missed", async () => {
  await makeCronJob({ schedule: "0 * * * *", startingDeadlineSeconds: 30, suspend: true });
  await cluster.step(3_700_000);
  cluster.api.change(CronJobs, "default/c", (draft) => (draft.spec!.suspend = false));
  await cluster.settle();
  expect(names()).toEqual([]);
});

test("an unknown time zone is told", async () => {
  const made = await makeCronJob({ timeZone: "Mars/Olympus" });
  expect(cluster.eventsOf(made)).toEqual(['Warning UnknownTimeZone invalid timeZone: "Mars/Olympus": unknown time zone Mars/Olympus']);
});

test.each([
  ["0 0 31 2 *", "Warning InvalidSchedule invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second"],
  ["61 * * * *", 'Warning UnparseableSchedule unparseable schedule: "61 * * * *" : end of range (61) above maximum (59): 61'],
])("a schedule that never comes is told: %s", async (schedule, event) => {
  const made = await makeCronJob({ schedule });
  expect(cluster.eventsOf(made)).toEqual([event]);
});

test("too many missed starts are told, and the latest is made up for", async () => {
  const made = await makeCronJob({ suspend: true });
  await cluster.step(101 * 60_000);
  cluster.api.change(CronJobs, "default/c", (draft) => (draft.spec!.suspend = false));
  await cluster.settle();
  expect(names()).toEqual([`c-${minuteOf("2026-01-01T01:41:00Z")}`]);
  const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
  expect(cluster.eventsOf(made)).toContain(`Warning TooManyMissedTimes ${message}`);
});

test("a Job that nobody noted, and one that went missing, are told", async () => {
  const made = await makeCronJob();
  await cluster.step(60_000);
  const [name] = names();
  cluster.api.remove(Jobs, `default/${name}`);
  await cluster.settle();
  expect(cluster.eventsOf(made)).toContain(`Normal MissingJob Active job went missing: ${name}`);
  expect(status().active).toBeUndefined();
});

test("the annotation of a Job has the time in the time zone", async () => {
  await makeCronJob({ schedule: "30 5 * * *", timeZone: "Asia/Kolkata" });
  await cluster.step(24 * 3_600_000);
  const annotations = cluster.api.all(Jobs).map(({ metadata }) => metadata.annotations!["batch.kubernetes.io/cronjob-scheduled-timestamp"]);
  expect(annotations).toEqual(["2026-01-02T05:30:00+05:30"]);
});
