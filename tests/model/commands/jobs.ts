import fc from "fast-check";
import type { CronJob, Job } from "../../../shared/kubernetes/types.ts";
import { CronJobs, Jobs } from "../../../cluster-engine/api/resources.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands } from "./command.ts";

const name = fc.constantFrom("sums", "mail");
const image = fc.constantFrom("task:1", "task:1", "flaky:1", "failing:1");

const templateOf = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: { restartPolicy: "Never", containers: [{ name: "main", image }] },
});

const shape = fc.oneof(
  fc.record({
    parallelism: fc.integer({ min: 0, max: 4 }),
    completions: fc.integer({ min: 1, max: 6 }),
    completionMode: fc.constantFrom("NonIndexed", "Indexed"),
  }),
  fc.record({ parallelism: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    parallelism: fc.integer({ min: 1, max: 3 }),
    completions: fc.integer({ min: 1, max: 5 }),
    completionMode: fc.constant("Indexed"),
    backoffLimitPerIndex: fc.integer({ min: 0, max: 1 }),
  }),
);

const creation = fc
  .record({
    name,
    image,
    shape,
    backoffLimit: fc.integer({ min: 0, max: 2 }),
    suspend: fc.constantFrom(false, false, false, true),
    ttlSecondsAfterFinished: fc.constantFrom(undefined, undefined, 0, 20),
    podReplacementPolicy: fc.constantFrom(undefined, "Failed"),
    activeDeadlineSeconds: fc.constantFrom(undefined, undefined, 15),
  })
  .map(
    ({ name, image, shape, ...spec }) =>
      new Command(`create job ${name} ${image} ${JSON.stringify({ ...shape, ...spec })}`, async ({ client }) => {
        const whole = { ...spec, ...shape, template: templateOf(name, image) };
        await client.resource(Jobs).create({ metadata: { name, namespace, labels: { app: name } }, spec: whole as unknown as Job["spec"] });
      }),
  );

async function patch(world: World, name: string, spec: unknown): Promise<void> {
  await world.client.resource(Jobs).patch({ namespace, name }, { spec }, { type: "strategic" });
}

const suspension = fc
  .record({ name, suspend: fc.boolean() })
  .map(({ name, suspend }) => new Command(`${suspend ? "suspend" : "resume"} job ${name}`, (world) => patch(world, name, { suspend })));

const parallelism = fc
  .record({ name, parallelism: fc.integer({ min: 0, max: 4 }) })
  .map(({ name, parallelism }) => new Command(`job ${name} runs ${parallelism} at a time`, (world) => patch(world, name, { parallelism })));

const deletion = fc
  .record({ name, propagationPolicy: fc.constantFrom("Background" as const, "Foreground" as const) })
  .map(
    ({ name, propagationPolicy }) =>
      new Command(`delete job ${name} ${propagationPolicy}`, ({ client }) =>
        client.resource(Jobs).delete({ namespace, name }, { propagationPolicy }),
      ),
  );

const cron = fc
  .record({
    image,
    concurrencyPolicy: fc.constantFrom("Allow", "Forbid", "Replace"),
    successfulJobsHistoryLimit: fc.integer({ min: 0, max: 2 }),
    failedJobsHistoryLimit: fc.integer({ min: 0, max: 1 }),
  })
  .map(
    ({ image, ...spec }) =>
      new Command(`create cronjob every minute ${image} ${JSON.stringify(spec)}`, async ({ client }) => {
        const jobTemplate = {
          metadata: { labels: { app: "cron" } },
          spec: { backoffLimit: 1, parallelism: 2, completions: 4, template: templateOf("cron", image) },
        };
        const whole = { ...spec, schedule: "* * * * *", jobTemplate } as unknown as CronJob["spec"];
        await client.resource(CronJobs).create({ metadata: { name: "cron", namespace }, spec: whole });
      }),
  );

const cronSuspension = fc.boolean().map(
  (suspend) =>
    new Command(`${suspend ? "suspend" : "resume"} cronjob`, async ({ client }) => {
      await client.resource(CronJobs).patch({ namespace, name: "cron" }, { spec: { suspend } }, { type: "merge" });
    }),
);

const cronDeletion = fc.constant(new Command("delete cronjob", ({ client }) => client.resource(CronJobs).delete({ namespace, name: "cron" }, {})));

export const jobCreation: Commands = creation;

export const jobCommands: Commands = fc.oneof(
  { weight: 5, arbitrary: creation },
  { weight: 2, arbitrary: suspension },
  { weight: 2, arbitrary: parallelism },
  { weight: 1, arbitrary: deletion },
);

export const cronJobCreation: Commands = cron;

export const cronJobCommands: Commands = fc.oneof(
  { weight: 2, arbitrary: cron },
  { weight: 2, arbitrary: cronSuspension },
  { weight: 1, arbitrary: cronDeletion },
  { weight: 3, arbitrary: fc.constant(new Command("wait 61 s", (world) => world.advance(61_000))) },
);

/** Ends what would go on for ever. */
export async function suspendCronJobs({ client, history }: World): Promise<void> {
  for (const { metadata } of history.list(CronJobs)) await client.resource(CronJobs).patch(metadata, { spec: { suspend: true } }, { type: "merge" });
}
