import type { EndpointSlice, ObjectMeta } from "../../../shared/kubernetes/types.ts";
import { EndpointSlices } from "../../api/resources.ts";
import type { Client } from "../../client/types.ts";
import { semanticEqual } from "../equality.ts";
import type { AddressType } from "./backends.ts";
import type { SlicePlan } from "./slicePlan.ts";
import { triggerTimeAnnotation } from "./triggerTimes.ts";

/** Of new slices; labels and annotations of all. */
export interface SliceMetadata extends Partial<ObjectMeta> {
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface SliceTarget {
  client: Client;
  addressType: AddressType;
  metadata: SliceMetadata;
  /** One empty slice stays when there are no addresses. */
  keepsOne: boolean;
}

/** Carries out a plan: slices to be deleted are reused for new ones. */
export async function writeSlices(target: SliceTarget, plan: SlicePlan): Promise<void> {
  const { client, addressType, metadata, keepsOne } = target;
  const resource = client.resource(EndpointSlices);
  if (keepsOne && plan.create.length + plan.update.length + plan.keep.length === 0) return keepEmptyOne(target, plan.delete);
  for (const { ports, endpoints } of plan.create) {
    const reused = plan.delete.pop();
    if (reused) await resource.update({ ...renewed(reused, metadata), ports, endpoints });
    else await resource.create({ metadata, addressType, ports, endpoints });
  }
  for (const { slice, endpoints } of plan.update) await resource.update({ ...renewed(slice, metadata), endpoints });
  for (const slice of plan.keep) if (!semanticEqual(slice.metadata.labels, metadata.labels)) await resource.update(renewed(slice, metadata));
  for (const slice of plan.delete) await resource.delete(slice.metadata);
}

async function keepEmptyOne({ client, addressType, metadata }: SliceTarget, existing: EndpointSlice[]): Promise<void> {
  const resource = client.resource(EndpointSlices);
  const [first, ...others] = existing;
  if (!first) await resource.create({ metadata, addressType, endpoints: [], ports: [] });
  else if (first.endpoints?.length || first.ports?.length || !semanticEqual(first.metadata.labels, metadata.labels))
    await resource.update({ ...renewed(first, metadata), endpoints: [], ports: [] });
  for (const slice of others) await resource.delete(slice.metadata);
}

function renewed(slice: EndpointSlice, { labels, annotations }: SliceMetadata): EndpointSlice {
  const { [triggerTimeAnnotation]: _, ...kept } = slice.metadata.annotations ?? {};
  return { ...slice, metadata: { ...slice.metadata, labels, annotations: { ...kept, ...annotations } } };
}
