import fc from "fast-check";
import type { StatefulSet } from "../../../shared/kubernetes/types.ts";
import { StatefulSets } from "../../../cluster-engine/api/resources.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands } from "./command.ts";

const name = fc.constantFrom("db", "queue");
const image = fc.constantFrom("web:1", "web:2", "web:3");

const creation = fc
  .record({
    name,
    replicas: fc.integer({ min: 0, max: 4 }),
    image: fc.oneof({ weight: 5, arbitrary: image }, { weight: 1, arbitrary: fc.constant("sick:1") }),
    podManagementPolicy: fc.constantFrom("OrderedReady" as const, "OrderedReady" as const, "Parallel" as const),
    minReadySeconds: fc.constantFrom(0, 0, 5),
    revisionHistoryLimit: fc.integer({ min: 0, max: 2 }),
    ordinals: fc.constantFrom({ start: 0 }, { start: 0 }, { start: 3 }),
    claims: fc.boolean(),
  })
  .map(
    ({ name, image, claims, ...spec }) =>
      new Command(`create statefulset ${name} ${image}${claims ? " with claims" : ""} ${JSON.stringify(spec)}`, async ({ client }) => {
        const labels = { app: name };
        const template = { metadata: { labels }, spec: { containers: [{ name: "main", image }] } };
        const volumeClaimTemplates = claims
          ? [
              {
                metadata: { name: "data" },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
              },
            ]
          : undefined;
        const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
        const whole = {
          ...spec,
          serviceName: name,
          selector: { matchLabels: labels },
          template,
          volumeClaimTemplates,
          persistentVolumeClaimRetentionPolicy,
        };
        await client.resource(StatefulSets).create({ metadata: { name, namespace, labels }, spec: whole as unknown as StatefulSet["spec"] });
      }),
  );

async function patch(world: World, name: string, spec: unknown): Promise<void> {
  await world.client.resource(StatefulSets).patch({ namespace, name }, { spec }, { type: "strategic" });
}

const scaling = fc
  .record({ name, replicas: fc.integer({ min: 0, max: 5 }) })
  .map(({ name, replicas }) => new Command(`scale statefulset ${name} to ${replicas}`, (world) => patch(world, name, { replicas })));

const rollout = fc
  .record({ name, image })
  .map(
    ({ name, image }) =>
      new Command(`set image of ${name} to ${image}`, (world) =>
        patch(world, name, { template: { spec: { containers: [{ name: "main", image }] } } }),
      ),
  );

const strategy = fc
  .record({
    name,
    updateStrategy: fc.constantFrom({ type: "OnDelete" }, ...[0, 1, 2].map((partition) => ({ type: "RollingUpdate", rollingUpdate: { partition } }))),
  })
  .map(
    ({ name, updateStrategy }) =>
      new Command(`update strategy of ${name} ${JSON.stringify(updateStrategy)}`, (world) =>
        patch(world, name, { updateStrategy: updateStrategy.type === "OnDelete" ? { ...updateStrategy, rollingUpdate: null } : updateStrategy }),
      ),
  );

const deletion = fc
  .record({ name, propagationPolicy: fc.constantFrom("Background" as const, "Foreground" as const) })
  .map(
    ({ name, propagationPolicy }) =>
      new Command(`delete statefulset ${name} ${propagationPolicy}`, ({ client }) =>
        client.resource(StatefulSets).delete({ namespace, name }, { propagationPolicy }),
      ),
  );

export const statefulSetCreation: Commands = creation;

export const statefulSetCommands: Commands = fc.oneof(
  { weight: 2, arbitrary: creation },
  { weight: 3, arbitrary: scaling },
  { weight: 4, arbitrary: rollout },
  { weight: 1, arbitrary: strategy },
  { weight: 1, arbitrary: deletion },
);
