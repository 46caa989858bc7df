import type { Container, Pod } from "../../../shared/kubernetes/types.ts";
import { parseQuantity } from "../../api/quantity.ts";
import type { ContainerResources } from "../../runtime/types.ts";
import { oomScoreAdj } from "./qos.ts";

const sharesPerCpu = 1024;
const minShares = 2;
const maxShares = 262_144;
/** CFS period and least quota, µs. */
const period = 100_000;
const minQuota = 1_000;

/** A container's requests and limits in the kernel's terms. */
export function containerResources(pod: Pod, container: Container, memoryCapacity: number): ContainerResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = milli(limits?.cpu);
  const cpuRequest = requests?.cpu === undefined ? cpuLimit : milli(requests.cpu);
  const memoryLimit = limits?.memory === undefined ? 0 : parseQuantity(limits.memory).bytes();
  return {
    cpuShares: Math.min(Math.max(Math.floor((cpuRequest * sharesPerCpu) / 1000), minShares), maxShares),
    ...(cpuLimit ? { cpuQuota: Math.max(Math.floor((cpuLimit * period) / 1000), minQuota), cpuPeriod: period } : {}),
    ...(memoryLimit ? { memoryLimitBytes: memoryLimit } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
  };
}

const milli = (value: string | number | undefined): number => (value === undefined ? 0 : parseQuantity(value).milli());
