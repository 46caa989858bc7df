import fc from "fast-check";
import type { Deployment, PodDisruptionBudget } from "../../../shared/kubernetes/types.ts";
import { Deployments, Nodes, PodDisruptionBudgets, Pods } from "../../../cluster-engine/api/resources.ts";
import { hasReason } from "../../../cluster-engine/api/statusError.ts";
import { appOf } from "../invariants/pods.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands, pick } from "./command.ts";

const name = fc.constantFrom("web", "web", "api");
const limit = fc.constantFrom<object[]>(
  { maxUnavailable: 0 },
  { maxUnavailable: 1 },
  { maxUnavailable: "30%" },
  { minAvailable: 1 },
  { minAvailable: 2 },
  { minAvailable: "60%" },
);

const creation = fc.record({ name, limit, unhealthyPodEvictionPolicy: fc.constantFrom(undefined, "AlwaysAllow") }).map(
  ({ name, limit, ...more }) =>
    new Command(`create budget ${name} ${JSON.stringify({ ...limit, ...more })}`, async ({ client }) => {
      const spec = { ...limit, ...more, selector: { matchLabels: { app: name } } } as PodDisruptionBudget["spec"];
      await client.resource(PodDisruptionBudgets).create({ metadata: { name, namespace }, spec });
    }),
);

/** A Deployment that serves, and a budget for it. */
export const guardedCreation: Commands = fc.record({ limit, replicas: fc.integer({ min: 2, max: 6 }) }).map(
  ({ limit, replicas }) =>
    new Command(`create deployment web of ${replicas} with budget ${JSON.stringify(limit)}`, async (world) => {
      const labels = { app: "web" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "web:1" }] } };
      const spec = { replicas, selector: { matchLabels: labels }, template } as unknown as Deployment["spec"];
      await world.client.resource(Deployments).create({ metadata: { name: "web", namespace, labels }, spec });
      const budget = { ...limit, selector: { matchLabels: labels } } as PodDisruptionBudget["spec"];
      await world.client.resource(PodDisruptionBudgets).create({ metadata: { name: "web", namespace }, spec: budget });
      await world.advance(10_000);
    }),
);

const deletion = name.map(
  (name) => new Command(`delete budget ${name}`, ({ client }) => client.resource(PodDisruptionBudgets).delete({ namespace, name }, {})),
);

/** False when a budget refused it. */
async function evictPod(world: World, name: string): Promise<boolean> {
  const pod = world.history.get(Pods, { namespace, name });
  if (!pod) return true;
  world.touching.add(pod.metadata.uid);
  try {
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    await world.client.resource(Pods).createSubresource(pod.metadata, "eviction", eviction);
    world.disturb(appOf(pod));
    return true;
  } catch (error) {
    if (hasReason(error, "NotFound")) return true;
    if (!hasReason(error, "TooManyRequests")) throw error;
    return false;
  } finally {
    world.touching.delete(pod.metadata.uid);
  }
}

const eviction = fc.nat({ max: 20 }).map(
  (at) =>
    new Command(`evict pod ${at}`, async (world) => {
      const pod = pick(world.history.list(Pods, namespace), at);
      if (pod) await evictPod(world, pod.metadata.name);
    }),
);

const burst = name.map(
  (name) =>
    new Command(`evict all pods of ${name} at once`, async (world) => {
      const pods = world.history.list(Pods, namespace).filter((pod) => appOf(pod) === name);
      await Promise.all(pods.map(({ metadata }) => evictPod(world, metadata.name)));
    }),
);

/** As kubectl drain does it: cordon, then evict each pod, again every 5 s when refused. */
const drain = fc.integer({ min: 1, max: 3 }).map(
  (index) =>
    new Command(`drain node-${index}`, async (world) => {
      const node = `node-${index}`;
      await world.client.resource(Nodes).patch({ name: node }, { spec: { unschedulable: true } }, { type: "merge" });
      for (let attempt = 0; attempt < 12; attempt++) {
        const pods = world.history.list(Pods, namespace).filter(({ spec, metadata }) => spec.nodeName === node && !metadata.deletionTimestamp);
        const done = await Promise.all(pods.map(({ metadata }) => evictPod(world, metadata.name)));
        if (done.every(Boolean)) return;
        await world.advance(5000);
      }
    }),
);

export const evictionCommands: Commands = fc.oneof(
  { weight: 2, arbitrary: creation },
  { weight: 1, arbitrary: deletion },
  { weight: 2, arbitrary: eviction },
  { weight: 3, arbitrary: burst },
  { weight: 2, arbitrary: drain },
);
