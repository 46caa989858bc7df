import fc from "fast-check";
import type { DaemonSet } from "../../../shared/kubernetes/types.ts";
import { DaemonSets, Nodes } from "../../../cluster-engine/api/resources.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands } from "./command.ts";

const name = fc.constantFrom("agent", "logger");
const image = fc.constantFrom("web:1", "web:2", "web:3");
const updateStrategy = fc.constantFrom(
  { type: "OnDelete" },
  ...[1, 2, "50%"].map((maxUnavailable) => ({ type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge: 0 } })),
  ...[1, "100%"].map((maxSurge) => ({ type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge } })),
);

const creation = fc
  .record({
    name,
    image,
    updateStrategy,
    minReadySeconds: fc.constantFrom(0, 0, 5),
    revisionHistoryLimit: fc.integer({ min: 0, max: 2 }),
    nodeSelector: fc.constantFrom({}, {}, { disk: "fast" }),
  })
  .map(
    ({ name, image, nodeSelector, ...spec }) =>
      new Command(`create daemonset ${name} ${image} ${JSON.stringify({ nodeSelector, ...spec })}`, async ({ client }) => {
        const labels = { app: name };
        const template = { metadata: { labels }, spec: { nodeSelector, containers: [{ name: "main", image }] } };
        await client.resource(DaemonSets).create({
          metadata: { name, namespace, labels },
          spec: { ...spec, selector: { matchLabels: labels }, template } as unknown as DaemonSet["spec"],
        });
      }),
  );

async function patch(world: World, name: string, spec: unknown): Promise<void> {
  await world.client.resource(DaemonSets).patch({ namespace, name }, { spec }, { type: "strategic" });
}

const rollout = fc
  .record({ name, image })
  .map(
    ({ name, image }) =>
      new Command(`set image of ${name} to ${image}`, (world) =>
        patch(world, name, { template: { spec: { containers: [{ name: "main", image }] } } }),
      ),
  );

const labelling = fc.record({ node: fc.integer({ min: 1, max: 3 }), disk: fc.constantFrom("fast", null) }).map(
  ({ node, disk }) =>
    new Command(`label node-${node} disk=${disk}`, async (world) => {
      world.disturb("*");
      await world.client.resource(Nodes).patch({ name: `node-${node}` }, { metadata: { labels: { disk } } }, { type: "merge" });
    }),
);

const tainting = fc.record({ node: fc.integer({ min: 1, max: 3 }), effect: fc.constantFrom("NoSchedule", "NoExecute", null) }).map(
  ({ node, effect }) =>
    new Command(`taint node-${node} ${effect}`, async (world) => {
      world.disturb("*");
      const nodes = world.client.resource(Nodes);
      const { metadata, spec } = await nodes.get({ name: `node-${node}` });
      const others = (spec?.taints ?? []).filter(({ key }) => key !== "model");
      const taints = effect ? [...others, { key: "model", effect }] : others;
      await nodes.patch({ name: metadata.name }, { metadata: { resourceVersion: metadata.resourceVersion }, spec: { taints } }, { type: "merge" });
    }),
);

const deletion = name.map(
  (name) => new Command(`delete daemonset ${name}`, ({ client }) => client.resource(DaemonSets).delete({ namespace, name }, {})),
);

export const daemonSetCreation: Commands = creation;

export const daemonSetCommands: Commands = fc.oneof(
  { weight: 2, arbitrary: creation },
  { weight: 4, arbitrary: rollout },
  { weight: 2, arbitrary: labelling },
  { weight: 2, arbitrary: tainting },
  { weight: 1, arbitrary: deletion },
);
