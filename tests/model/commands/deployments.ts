import fc from "fast-check";
import type { Deployment } from "../../../shared/kubernetes/types.ts";
import { Deployments, Pods } from "../../../cluster-engine/api/resources.ts";
import { appOf } from "../invariants/pods.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands, pick } from "./command.ts";

const name = fc.constantFrom("web", "api");
const image = fc.constantFrom("web:1", "web:2", "web:3", "sick:1");
const amount = fc.constantFrom<(number | string)[]>(0, 1, 2, "25%", "50%", "100%");

const strategy = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("RollingUpdate" as const), rollingUpdate: fc.record({ maxSurge: amount, maxUnavailable: amount }) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "Recreate" as const }) },
);

const creation = fc
  .record({
    name,
    replicas: fc.integer({ min: 0, max: 6 }),
    image,
    strategy,
    minReadySeconds: fc.constantFrom(0, 0, 5),
    revisionHistoryLimit: fc.integer({ min: 0, max: 2 }),
  })
  .map(
    ({ name, image, ...spec }) =>
      new Command(`create deployment ${name} ${image} ${JSON.stringify(spec)}`, async ({ client }) => {
        const labels = { app: name };
        const template = { metadata: { labels }, spec: { containers: [{ name: "main", image }] } };
        await client.resource(Deployments).create({
          metadata: { name, namespace, labels },
          spec: { ...spec, progressDeadlineSeconds: 120, selector: { matchLabels: labels }, template } as Deployment["spec"],
        });
      }),
  );

async function patch(world: World, name: string, spec: unknown): Promise<void> {
  await world.client.resource(Deployments).patch({ namespace, name }, { spec }, { type: "strategic" });
}

const scaling = fc
  .record({ name, replicas: fc.integer({ min: 0, max: 8 }) })
  .map(({ name, replicas }) => new Command(`scale deployment ${name} to ${replicas}`, (world) => patch(world, name, { replicas })));

/** To a new image, or back to an old one. */
const rollout = fc
  .record({ name, image })
  .map(
    ({ name, image }) =>
      new Command(`set image of ${name} to ${image}`, (world) =>
        patch(world, name, { template: { spec: { containers: [{ name: "main", image }] } } }),
      ),
  );

const pausing = fc
  .record({ name, paused: fc.boolean() })
  .map(({ name, paused }) => new Command(`${paused ? "pause" : "resume"} ${name}`, (world) => patch(world, name, { paused })));

const deletion = fc
  .record({ name, propagationPolicy: fc.constantFrom("Background" as const, "Foreground" as const, "Orphan" as const) })
  .map(
    ({ name, propagationPolicy }) =>
      new Command(`delete deployment ${name} ${propagationPolicy}`, ({ client }) =>
        client.resource(Deployments).delete({ namespace, name }, { propagationPolicy }),
      ),
  );

/** Its ReplicaSet must let it go, and make another. */
const relabelling = fc.nat({ max: 20 }).map(
  (at) =>
    new Command(`relabel pod ${at}`, async (world) => {
      const pod = pick(world.history.list(Pods, namespace), at);
      if (!pod) return;
      world.disturb(appOf(pod));
      await world.client.resource(Pods).patch(pod.metadata, { metadata: { labels: { app: "stray" } } }, { type: "merge" });
    }),
);

export const deploymentCreation: Commands = creation;

export const deploymentCommands: Commands = fc.oneof(
  { weight: 3, arbitrary: creation },
  { weight: 3, arbitrary: scaling },
  { weight: 4, arbitrary: rollout },
  { weight: 1, arbitrary: pausing },
  { weight: 1, arbitrary: deletion },
  { weight: 1, arbitrary: relabelling },
);
