import type { DiscoveryV1EndpointPort as EndpointPort, Endpoint, EndpointSlice } from "../../../shared/kubernetes/types.ts";
import { canonicalJson, semanticEqual } from "../equality.ts";

/** Endpoints that share their ports. */
export interface PortGroup {
  ports: EndpointPort[];
  endpoints: Endpoint[];
}

export interface SlicePlan {
  /** New slices, still without metadata. */
  create: PortGroup[];
  update: { slice: EndpointSlice; endpoints: Endpoint[] }[];
  delete: EndpointSlice[];
  /** Slices that stay as they are. */
  keep: EndpointSlice[];
}

/** A slice holds no more endpoints than this. */
export const maxEndpoints = 100;

/** What tells ports apart, in any order. */
export const portKey = (ports: readonly EndpointPort[] | null | undefined): string =>
  [...(ports ?? [])]
    .map(({ name = "", protocol = "TCP", port, appProtocol }) => canonicalJson({ name, protocol, port, appProtocol }))
    .sort()
    .join();

const identity = ({ targetRef, addresses }: Endpoint): string => targetRef?.uid ?? [...addresses].sort().join();

/**
 * How to bring existing slices of one address type to the wanted endpoints with few writes: slices keep the endpoints they
 * have, new ones fill slices that change anyway, then the fullest that takes them all, then new slices.
 */
export function planSlices(groups: PortGroup[], existing: EndpointSlice[]): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [], keep: [] };
  const wanted = new Map(groups.map((group) => [portKey(group.ports), group]));
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = portKey(slice.ports);
    if (!wanted.has(key)) plan.delete.push(slice);
    else byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  for (const [key, group] of wanted) planGroup(plan, group, byPorts.get(key) ?? []);
  return plan;
}

function planGroup(plan: SlicePlan, { ports, endpoints }: PortGroup, existing: EndpointSlice[]): void {
  const missing = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts = existing.map((slice) => {
    const kept = (slice.endpoints ?? []).flatMap((endpoint) => {
      const next = missing.get(identity(endpoint));
      missing.delete(identity(endpoint));
      return next ? [next] : [];
    });
    return { slice, endpoints: kept, changed: !semanticEqual(kept, slice.endpoints) };
  });
  const rest = [...missing.values()];
  for (const draft of drafts) if (draft.changed) draft.endpoints.push(...rest.splice(0, maxEndpoints - draft.endpoints.length));
  fillFullest(drafts, rest);
  while (rest.length > 0) plan.create.push({ ports, endpoints: rest.splice(0, maxEndpoints) });
  for (const { slice, endpoints: next, changed } of drafts) {
    if (next.length === 0) plan.delete.push(slice);
    else if (changed) plan.update.push({ slice, endpoints: next });
    else plan.keep.push(slice);
  }
}

function fillFullest(drafts: { endpoints: Endpoint[]; changed: boolean }[], rest: Endpoint[]): void {
  const overflow = rest.length % maxEndpoints;
  if (overflow === 0) return;
  const fitting = drafts.filter((draft) => !draft.changed && draft.endpoints.length + overflow <= maxEndpoints);
  const fullest = fitting.sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
  if (!fullest) return;
  fullest.changed = true;
  fullest.endpoints.push(...rest.splice(0, overflow));
}
