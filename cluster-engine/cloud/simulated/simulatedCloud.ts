import type { Clock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { CloudProvider } from "../types.ts";
import { defaultConfig, type SimulatedCloudConfig } from "./config.ts";
import { runConsole } from "./console.ts";
import { SimulatedLoadBalancers } from "./loadBalancers.ts";
import { SimulatedMachines } from "./machines.ts";
import { Requests } from "./requests.ts";
import { SimulatedRoutes } from "./routes.ts";

export interface SimulatedCloudOptions {
  clusterId: string;
  clock: Clock;
  config?: Partial<SimulatedCloudConfig>;
}

export interface SimulatedCloud extends CloudProvider, Disposable {
  loadBalancers: SimulatedLoadBalancers;
  instances: SimulatedMachines;
  machines: SimulatedMachines;
  routes: SimulatedRoutes;
}

/**
 * A cloud in memory, with regions and zones, instance types, quotas, delays and failures by chance with a seed. It
 * forgets everything when the process ends; controllers bring back what the cluster asks for.
 */
export function simulatedCloud({ clusterId, clock, config: given }: SimulatedCloudOptions): SimulatedCloud {
  const config = { ...defaultConfig, ...given };
  const random = seededRandom(config.seed);
  const requests = new Requests(clock, random, config);
  const machines = new SimulatedMachines({ clusterId, clock, random, config, requests });
  return {
    name: "simulated",
    loadBalancers: new SimulatedLoadBalancers(config, requests),
    instances: machines,
    machines,
    routes: new SimulatedRoutes(requests),
    runConsole: (options) => runConsole({ ...options, machines }),
    [Symbol.dispose]: () => machines[Symbol.dispose](),
  };
}
