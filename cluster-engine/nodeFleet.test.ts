import { expect, test } from "vitest";
import { FakeClock } from "./base/clock.ts";
import { silentLog } from "./base/log.ts";
import { simulatedCloud } from "./cloud/simulated/simulatedCloud.ts";
import type { Machine, Machines } from "./cloud/types.ts";
import type { Kubelet } from "./kubelet/kubelet.ts";
import { NodeFleet } from "./nodeFleet.ts";

const clock = new FakeClock();

/** A fleet whose kubelets note what becomes of them. */
function setUp(names: string[], machines?: Machines) {
  const told: string[] = [];
  const fleet = new NodeFleet({ names, ...(machines ? { machines } : {}), clock, log: silentLog });
  const open = async (name: string, machine: Machine | undefined) => {
    told.push(`open ${name} ${machine?.zone ?? "here"}`);
    return { stop: async ({ keepPods }: { keepPods: boolean }) => void told.push(`stop ${name}, pods ${keepPods ? "stay" : "go"}`) } as Kubelet;
  };
  const opened = fleet.open({ open, closed: (name) => told.push(`closed ${name}`) });
  return { fleet, told, opened };
}

test("without a cloud all nodes run here, and their pods outlive them", async () => {
  const { fleet, told, opened } = setUp(["a", "b"]);
  await opened;
  await fleet.stop({ keepPods: true });
  expect(told.slice(0, 4)).toEqual(["open a here", "open b here", "stop a, pods stay", "stop b, pods stay"]);
});

test("a node opens when its machine runs, ends with it, and comes back with the next", async () => {
  const { machines } = simulatedCloud({ clusterId: "c", clock });
  const { told, opened } = setUp(["a", "b"], machines);
  await clock.step(100);
  expect(told).toEqual([]);
  await clock.step(400);
  await opened;
  expect(told).toEqual(["open a sim-north-a", "open b sim-north-b"]);
  await machines.setState("a", "terminated");
  await clock.step(0);
  expect(told.slice(2)).toEqual(["stop a, pods go", "closed a"]);
  void machines.setState("a", "running");
  await clock.step(1000);
  expect(told.slice(4)).toEqual(["open a sim-north-a"]);
});

test("a machine that could not be launched is asked for again, while the others open", async () => {
  const { machines } = simulatedCloud({ clusterId: "c", clock });
  const launch = machines.launch.bind(machines);
  let failures = 2;
  machines.launch = async (name) => {
    if (name === "a" && failures-- > 0) throw new Error("no capacity");
    return launch(name);
  };
  const { told, opened } = setUp(["a", "b"], machines);
  await clock.step(500);
  await opened;
  expect(told.map((line) => line.split(" ")[1])).toEqual(["b"]);
  await clock.step(5000);
  expect(told.map((line) => line.split(" ")[1])).toEqual(["b", "a"]);
});

test("a machine that is launched late, but before the nodes open, is not forgotten", async () => {
  const { machines } = simulatedCloud({ clusterId: "c", clock });
  const launch = machines.launch.bind(machines);
  let failures = 1;
  machines.launch = async (name) => {
    if (failures-- > 0) throw new Error("no capacity");
    return launch(name);
  };
  const fleet = new NodeFleet({ names: ["a"], machines, clock, log: silentLog });
  await clock.step(5000);
  const told: string[] = [];
  const open = async (name: string) => {
    told.push(name);
    return { stop: async () => undefined } as unknown as Kubelet;
  };
  await fleet.open({ open, closed: () => undefined });
  expect(told).toEqual(["a"]);
});

test("a fleet that is stopped launches nothing more", async () => {
  const { machines } = simulatedCloud({ clusterId: "c", clock });
  let launches = 0;
  machines.launch = async () => {
    launches++;
    throw new Error("no capacity");
  };
  const { fleet, opened } = setUp(["a"], machines);
  await clock.step(0);
  await opened;
  await fleet.stop({ keepPods: false });
  await clock.step(60_000);
  expect(launches).toBe(1);
});
