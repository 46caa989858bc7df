import fc from "fast-check";
import type { Service } from "../../../shared/kubernetes/types.ts";
import { Namespaces, Services } from "../../../cluster-engine/api/resources.ts";
import { namespace } from "../world.ts";
import { Command, type Commands } from "./command.ts";

const name = fc.constantFrom("web", "api");

const creation = fc
  .record({ name, publishNotReadyAddresses: fc.constantFrom(false, false, true), type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer") })
  .map(
    ({ name, ...spec }) =>
      new Command(`create service ${name} ${JSON.stringify(spec)}`, async ({ client }) => {
        const whole = { ...spec, selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] };
        await client.resource(Services).create({ metadata: { name, namespace, labels: { app: name } }, spec: whole as Service["spec"] });
      }),
  );

const selection = fc.record({ name, app: fc.constantFrom("web", "api") }).map(
  ({ name, app }) =>
    new Command(`service ${name} selects ${app}`, async ({ client }) => {
      await client.resource(Services).patch({ namespace, name }, { spec: { selector: { app } } }, { type: "merge" });
    }),
);

const deletion = name.map((name) => new Command(`delete service ${name}`, ({ client }) => client.resource(Services).delete({ namespace, name }, {})));

export const serviceCommands: Commands = fc.oneof(
  { weight: 4, arbitrary: creation },
  { weight: 2, arbitrary: selection },
  { weight: 1, arbitrary: deletion },
);

const leave = fc.constant(
  new Command("delete namespace", async (world) => {
    world.disturb("*");
    await world.client.resource(Namespaces).delete({ name: namespace }, {});
  }),
);

const come = fc.constant(
  new Command("create namespace", async ({ client }) => {
    await client.resource(Namespaces).create({ metadata: { name: namespace } });
  }),
);

export const namespaceCommands: Commands = fc.oneof(leave, come);
