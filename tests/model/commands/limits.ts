import fc from "fast-check";
import type { HorizontalPodAutoscaler } from "../../../shared/kubernetes/types.ts";
import { Deployments, HorizontalPodAutoscalers, ResourceQuotas } from "../../../cluster-engine/api/resources.ts";
import { namespace } from "../world.ts";
import { Command, type Commands } from "./command.ts";

const hard = fc.record({
  pods: fc.constantFrom("0", "2", "4", "8"),
  "count/replicasets.apps": fc.constantFrom("2", "10"),
  services: fc.constantFrom("0", "1"),
});

const quota = hard.map(
  (hard) =>
    new Command(`create quota ${JSON.stringify(hard)}`, async ({ client }) => {
      await client.resource(ResourceQuotas).create({ metadata: { name: "limits", namespace }, spec: { hard } });
    }),
);

const quotaChange = hard.map(
  (hard) =>
    new Command(`quota is ${JSON.stringify(hard)}`, async ({ client }) => {
      await client.resource(ResourceQuotas).patch({ namespace, name: "limits" }, { spec: { hard } }, { type: "merge" });
    }),
);

const quotaDeletion = fc.constant(
  new Command("delete quota", ({ client }) => client.resource(ResourceQuotas).delete({ namespace, name: "limits" }, {})),
);

export const quotaCommands: Commands = fc.oneof(
  { weight: 4, arbitrary: quota },
  { weight: 2, arbitrary: quotaChange },
  { weight: 1, arbitrary: quotaDeletion },
);

const app = fc.constantFrom("web", "api");
const bounds = fc.record({ minReplicas: fc.integer({ min: 1, max: 3 }), more: fc.integer({ min: 0, max: 4 }) });
const specOf = ({ minReplicas, more }: { minReplicas: number; more: number }) => ({ minReplicas, maxReplicas: minReplicas + more });

const autoscaler = fc.record({ app, bounds }).map(
  ({ app, bounds }) =>
    new Command(`create autoscaler ${app} ${JSON.stringify(specOf(bounds))}`, async ({ client }) => {
      const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: app };
      const metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: "100m" } } }];
      const spec = { ...specOf(bounds), scaleTargetRef, metrics } as HorizontalPodAutoscaler["spec"];
      await client.resource(HorizontalPodAutoscalers).create({ metadata: { name: app, namespace }, spec });
    }),
);

const autoscalerChange = fc.record({ app, bounds }).map(
  ({ app, bounds }) =>
    new Command(`autoscaler ${app} is ${JSON.stringify(specOf(bounds))}`, async ({ client }) => {
      await client.resource(HorizontalPodAutoscalers).patch({ namespace, name: app }, { spec: specOf(bounds) }, { type: "merge" });
    }),
);

const load = fc.constantFrom(0, 10, 90, 100, 150, 1000).map((milli) => new Command(`each pod uses ${milli}m`, (world) => void (world.usage = milli)));

const scaling = fc.record({ app, replicas: fc.integer({ min: 0, max: 9 }) }).map(
  ({ app, replicas }) =>
    new Command(`user scales ${app} to ${replicas}`, async (world) => {
      const uid = world.history.get(Deployments, { namespace, name: app })?.metadata.uid ?? "";
      world.touching.add(uid);
      try {
        await world.client.resource(Deployments).patch({ namespace, name: app }, { spec: { replicas } }, { type: "merge" });
      } finally {
        world.touching.delete(uid);
      }
    }),
);

export const autoscalerCommands: Commands = fc.oneof(
  { weight: 3, arbitrary: autoscaler },
  { weight: 1, arbitrary: autoscalerChange },
  { weight: 4, arbitrary: load },
  { weight: 2, arbitrary: scaling },
);
