import { RuntimeError } from "../types.ts";
import type { DockerContext } from "./engineTypes.ts";
import { label, labelFilter } from "./labels.ts";

interface EngineNetwork {
  Id: string;
  Name: string;
  Labels?: Record<string, string>;
  IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] };
}

export interface PodNetwork {
  cidr: string;
  gateway: string;
}

const prefixLength = 20;
const blockSize = 2 ** (32 - prefixLength);
/** 10.244.0.0/15 */
const rangeStart = (10 << 24) | (244 << 16);
const blocks = 2 ** (prefixLength - 15);

/** This cluster's bridge network, found by its labels or made with the first free address range. */
export async function ensurePodNetwork(context: DockerContext): Promise<PodNetwork> {
  const networks = await context.client.call<EngineNetwork[]>({ path: "/networks" });
  const existing = networks.find((network) => network.Name === context.networkName && network.Labels?.[label.cluster] === context.clusterId);
  const range = existing?.IPAM?.Config?.[0];
  if (range?.Subnet && range.Gateway) return { cidr: range.Subnet, gateway: range.Gateway };
  const used = networks.flatMap((network) => network.IPAM?.Config ?? []).flatMap((config) => (config.Subnet ? [config.Subnet] : []));
  return createInFreeRange(context, used);
}

/** Tries one range after the other: another cluster may take the same one at the same moment. */
async function createInFreeRange(context: DockerContext, used: string[]): Promise<PodNetwork> {
  let refusal: unknown;
  for (const network of freeRanges(used)) {
    try {
      await context.client.call({ method: "POST", path: "/networks/create", body: networkSpec(context, network) });
      return network;
    } catch (error) {
      if (!/overlap|already (used|allocated)/i.test((error as Error).message)) throw error;
      refusal = error;
    }
  }
  throw new RuntimeError("Unavailable", "every address range inside 10.244.0.0/15 is used by another network of the container engine", {
    cause: refusal,
  });
}

function networkSpec(context: DockerContext, network: PodNetwork) {
  return {
    Name: context.networkName,
    CheckDuplicate: true,
    Driver: "bridge",
    // Docker gives addresses of its own only at the far end, apart from those that kubelets assign. Podman would refuse
    // to assign any outside of such a range.
    IPAM: { Config: [{ Subnet: network.cidr, Gateway: network.gateway, ...(context.isPodman ? {} : { IPRange: engineRange(network.cidr) }) }] },
    Labels: { [label.cluster]: context.clusterId },
  };
}

export function freeRanges(used: string[]): PodNetwork[] {
  const taken = used.map(parseRange).filter((range) => range !== undefined);
  return Array.from({ length: blocks }, (_, index) => rangeStart + index * blockSize)
    .filter((start) => !taken.some((range) => range.start < start + blockSize && start < range.end))
    .map((start) => ({ cidr: `${dotted(start)}/${prefixLength}`, gateway: dotted(start + 1) }));
}

/** Where Podman is to put a helper: it would take the address of a pod by itself. */
export const helperAddress = ({ cidr }: PodNetwork): string => dotted(parseRange(cidr)!.end - 2);

/** The last /28 of a range. */
function engineRange(cidr: string): string {
  const { end } = parseRange(cidr)!;
  return `${dotted(end - 16)}/28`;
}

function parseRange(cidr: string): { start: number; end: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (!match) return undefined;
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number];
  const start = ((a * 256 + b) * 256 + c) * 256 + d;
  return { start, end: start + 2 ** (32 - bits) };
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

/** Removes this cluster's network; it must have no containers left. */
export async function removePodNetwork(context: DockerContext): Promise<void> {
  const networks = await context.client.call<EngineNetwork[]>({
    path: "/networks",
    query: { filters: labelFilter({ [label.cluster]: context.clusterId }) },
  });
  await Promise.all(networks.map((network) => context.client.call({ method: "DELETE", path: `/networks/${network.Id}` })));
}
