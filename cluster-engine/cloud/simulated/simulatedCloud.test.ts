import { describe, expect, test } from "vitest";
import type { Node, Service } from "../../../shared/kubernetes/types.ts";
import { FakeClock } from "../../base/clock.ts";
import { cloudContract } from "../contract.ts";
import type { MachineState } from "../types.ts";
import { defaultConfig, readConfig, type SimulatedCloudConfig } from "./config.ts";
import { simulatedCloud } from "./simulatedCloud.ts";

const clock = new FakeClock();

async function during<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  await clock.step(1000);
  return call;
}

const create = (config?: Partial<SimulatedCloudConfig>) => simulatedCloud({ clusterId: "c", clock, config });
const node = (name: string, providerID?: string) => ({ metadata: { name }, spec: { providerID } }) as Node;
const service = (uid: string) => ({ metadata: { uid, name: uid, namespace: "default" } }) as Service;

describe("simulated cloud", () => {
  cloudContract(create, during);

  test("machines are spread over zones, then over instance types", async () => {
    const { machines } = create();
    const launched = await during(Promise.all(["a", "b", "c", "d"].map((name) => machines.launch(name))));
    expect(launched.map(({ zone, instanceType }) => `${zone} ${instanceType}`)).toEqual([
      "sim-north-a sim.medium",
      "sim-north-b sim.medium",
      "sim-north-c sim.medium",
      "sim-north-a sim.large",
    ]);
    expect(launched[3]!.capacity).toEqual({ cpus: 4, memoryBytes: 16 * 2 ** 30, maxPods: 110 });
  });

  test("a machine takes its time to start, and exists meanwhile", async () => {
    const { machines } = create({ launchMs: 5000 });
    const launching = machines.launch("a");
    await clock.step(4000);
    expect([machines.states.get("a"), await machines.exists(node("a"))]).toEqual(["pending", true]);
    await clock.step(1000);
    await launching;
    expect(machines.states.get("a")).toBe("running");
  });

  test("a lost machine is gone for good: the next of its name is another", async () => {
    const { machines } = create();
    const seen: [string, MachineState][] = [];
    machines.onChange((name, state) => seen.push([name, state]));
    await during(machines.launch("a"));
    const { providerID } = await during(machines.metadata(node("a")));
    await machines.setState("a", "terminated");
    expect(await machines.exists(node("a", providerID))).toBe(false);
    await during(machines.setState("a", "running"));
    expect([await machines.exists(node("a", providerID)), await machines.exists(node("a"))]).toEqual([false, true]);
    expect((await during(machines.metadata(node("a")))).providerID).not.toBe(providerID);
    expect(seen.map(([, state]) => state)).toEqual(["running", "terminated", "running"]);
  });

  test("a machine that is shut down exists", async () => {
    const { machines } = create();
    await during(machines.launch("a"));
    await machines.setState("a", "stopped");
    expect([await machines.exists(node("a")), await machines.isShutDown(node("a"))]).toEqual([true, true]);
  });

  test("chance takes machines at the rate that it is told, the same ones with the same seed", async () => {
    const losses = async () => {
      const own = new FakeClock();
      using cloud = simulatedCloud({ clusterId: "c", clock: own, config: { lossMs: 60_000, seed: 7 } });
      const lost: string[] = [];
      cloud.machines.onChange((name, state) => state === "terminated" && lost.push(name));
      for (const name of ["a", "b", "c", "d"]) void cloud.machines.launch(name);
      await own.step(200_000);
      return lost;
    };
    const first = await losses();
    expect(first.length).toBeGreaterThan(0);
    expect(await losses()).toEqual(first);
  });

  test("there are no more load balancers than the quota, and a deleted one makes room", async () => {
    const { loadBalancers } = create({ loadBalancerQuota: 1 });
    await during(loadBalancers.ensure(service("a"), []));
    await expect(during(loadBalancers.ensure(service("b"), []))).rejects.toThrow("the quota of 1 load balancers has been reached");
    await during(loadBalancers.ensureDeleted(service("a")));
    await during(loadBalancers.ensure(service("b"), [{ metadata: { name: "n" } } as Node]));
    expect(loadBalancers.targetsOf("b")).toEqual(["n"]);
  });

  test("requests fail by chance, in the same order with the same seed", async () => {
    const outcomes = async () => {
      const { loadBalancers } = create({ failureRate: 0.5, loadBalancerQuota: 100 });
      const all = await during(Promise.allSettled(Array.from({ length: 20 }, (_, i) => loadBalancers.ensure(service(String(i)), []))));
      return all.map(({ status }) => status === "fulfilled");
    };
    const first = await outcomes();
    expect(new Set(first)).toEqual(new Set([true, false]));
    expect(await outcomes()).toEqual(first);
  });
});

test("a configuration adds to the defaults", () => {
  expect(readConfig('{"loadBalancerQuota": 2}')).toEqual({ ...defaultConfig, loadBalancerQuota: 2 });
});

test.each([
  ["[]", "must be a JSON object"],
  ['{"zone": 1}', 'has no "zone"'],
  ['{"failureRate": "often"}', '"failureRate" must be a number'],
  ['{"instanceTypes": []}', '"instanceTypes" must be a list'],
  ['{"regions": [{"name": "r"}]}', "needs a name and a list of zones"],
  ['{"instanceTypes": [{"name": "t"}]}', "needs name, cpus"],
])("the configuration %s is refused", (text, message) => {
  expect(() => readConfig(text)).toThrow(message);
});
