import fc from "fast-check";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { Nodes, Pods } from "../../../cluster-engine/api/resources.ts";
import { appOf } from "../invariants/pods.ts";
import { namespace, type World } from "../world.ts";
import { Command, type Commands, pick } from "./command.ts";

const at = fc.nat({ max: 20 });
const node = fc.integer({ min: 1, max: 3 }).map((index) => `node-${index}`);

const podAt = (world: World, at: number): Pod | undefined => pick(world.history.list(Pods, namespace), at);

/** Something happens to one of the pods. */
const onPod = (text: string, act: (world: World, pod: Pod) => Promise<void> | void) =>
  at.map(
    (at) =>
      new Command(`${text} pod ${at}`, async (world) => {
        const pod = podAt(world, at);
        if (!pod) return;
        world.disturb(appOf(pod));
        await act(world, pod);
      }),
  );

const kubeletOf = (world: World, pod: Pod) => world.nodes.get(pod.spec.nodeName ?? "")?.kubelet;

const crash = onPod("crash", (world, pod) => kubeletOf(world, pod)?.crash(pod));
const nodeEviction = onPod("node evicts", (world, pod) => kubeletOf(world, pod)?.evict(pod));
const deletion = onPod("delete", ({ client }, pod) => client.resource(Pods).delete(pod.metadata));
const forcedDeletion = onPod("force-delete", ({ client }, pod) => client.resource(Pods).delete(pod.metadata, { gracePeriodSeconds: 0 }));

const onNode = (text: string, act: (world: World, node: string) => Promise<void> | void) =>
  node.map((node) => new Command(`${text} ${node}`, (world) => act(world, node)));

const cordon = (unschedulable: boolean) => (world: World, name: string) =>
  world.client
    .resource(Nodes)
    .patch({ name }, { spec: { unschedulable: unschedulable || null } }, { type: "merge" })
    .then(() => undefined);

const loss = onNode("lose", (world, name) => {
  world.disturb("*");
  world.stopNode(name);
});

const removal = onNode("remove", async (world, name) => {
  world.disturb("*");
  world.removeNode(name);
  await world.client.resource(Nodes).delete({ name });
});

const returning = onNode("start", (world, name) => {
  world.disturb("*");
  world.startNode(name);
});

export const machineCommands: Commands = fc.oneof(
  { weight: 2, arbitrary: crash },
  { weight: 1, arbitrary: nodeEviction },
  { weight: 2, arbitrary: deletion },
  { weight: 1, arbitrary: forcedDeletion },
  { weight: 1, arbitrary: loss },
  { weight: 1, arbitrary: removal },
  { weight: 2, arbitrary: returning },
  { weight: 1, arbitrary: onNode("cordon", cordon(true)) },
  { weight: 1, arbitrary: onNode("uncordon", cordon(false)) },
);

export const timeCommands: Commands = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(50, 500, 2000, 10_000, 60_000, 400_000).map((ms) => new Command(`wait ${ms} ms`, (world) => world.advance(ms))),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-30_000, -5000, 5000, 3_600_000).map((ms) => new Command(`the clock jumps ${ms} ms`, (world) => world.jump(ms))),
  },
  { weight: 1, arbitrary: fc.constant(new Command("restart the controllers", (world) => world.startLoops())) },
);

const errors = fc.constantFrom(0, 0.02, 0.1, 0.3);

export const faultCommands: Commands = fc
  .record({ errors, cuts: fc.constantFrom(0, 0.01, 0.1), latency: fc.constantFrom(0, 20, 500), lag: fc.constantFrom(0, 20, 3000) })
  .map((rates) => new Command(`faults ${JSON.stringify(rates)}`, (world) => world.setRates(rates)));
