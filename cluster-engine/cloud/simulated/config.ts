/** What a simulated cloud offers, and how well it works. Times in ms. */
export interface SimulatedCloudConfig {
  regions: { name: string; zones: string[] }[];
  instanceTypes: InstanceType[];
  /** From the request until a machine runs. */
  launchMs: number;
  /** How long any other request takes. */
  requestMs: number;
  /** Share of requests that fail, 0 to 1. */
  failureRate: number;
  /** Mean time between losses of a machine; 0: none is ever lost. */
  lossMs: number;
  /** So many at a time. */
  loadBalancerQuota: number;
  /** Of chance: the same seed fails in the same order. */
  seed: number;
}

export interface InstanceType {
  name: string;
  cpus: number;
  memoryBytes: number;
  maxPods: number;
}

const gibibyte = 2 ** 30;

export const defaultConfig: SimulatedCloudConfig = {
  regions: [{ name: "sim-north", zones: ["sim-north-a", "sim-north-b", "sim-north-c"] }],
  instanceTypes: [
    { name: "sim.medium", cpus: 2, memoryBytes: 8 * gibibyte, maxPods: 110 },
    { name: "sim.large", cpus: 4, memoryBytes: 16 * gibibyte, maxPods: 110 },
    { name: "sim.xlarge", cpus: 8, memoryBytes: 32 * gibibyte, maxPods: 250 },
  ],
  launchMs: 400,
  requestMs: 100,
  failureRate: 0,
  lossMs: 0,
  loadBalancerQuota: 5,
  seed: 1,
};

/**
 * The configuration in a JSON text, over the defaults.
 * @throws Error that names what is wrong.
 */
export function readConfig(text: string): SimulatedCloudConfig {
  const given: unknown = JSON.parse(text);
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new Error("the cloud's configuration must be a JSON object");
  for (const [key, value] of Object.entries(given)) {
    const known = defaultConfig[key as keyof SimulatedCloudConfig];
    if (known === undefined) throw new Error(`the cloud's configuration has no "${key}": it knows ${Object.keys(defaultConfig).join(", ")}`);
    if (typeof known === "number" && !(typeof value === "number" && value >= 0)) throw new Error(`"${key}" must be a number of at least 0`);
    if (Array.isArray(known) && !(Array.isArray(value) && value.length > 0)) throw new Error(`"${key}" must be a list with at least one item`);
  }
  const config = { ...defaultConfig, ...(given as Partial<SimulatedCloudConfig>) };
  if (config.regions.some(({ name, zones }) => !name || !Array.isArray(zones) || zones.length === 0))
    throw new Error(`each of "regions" needs a name and a list of zones`);
  if (config.instanceTypes.some(({ name, cpus, memoryBytes, maxPods }) => !name || !(cpus > 0) || !(memoryBytes > 0) || !(maxPods > 0)))
    throw new Error(`each of "instanceTypes" needs name, cpus, memoryBytes and maxPods`);
  return config;
}
