import type { ListMeta } from "../../../shared/kubernetes/types.ts";
import { apiVersionOf } from "../../../shared/kubernetes/object.ts";
import { headLength, type ServedResource } from "../registry/servedResource.ts";
import type { StoredObject } from "../storage/storedObject.ts";

const comma = Buffer.from(",");
const open = Buffer.from("{");

/** A list in JSON, put together from the items' stored bytes. */
export function listBytes(resource: ServedResource, items: readonly StoredObject[], metadata: ListMeta): Buffer {
  const head = JSON.stringify({
    kind: resource.listKind,
    apiVersion: apiVersionOf(resource),
    metadata: resource.custom ? { continue: "", ...metadata } : metadata,
  });
  const chunks: Uint8Array[] = [Buffer.from(`${head.slice(0, -1)},"items":[`)];
  const skip = headLength(resource);
  for (const [index, item] of items.entries()) {
    if (index > 0) chunks.push(comma);
    if (skip) chunks.push(open, item.bytes.subarray(skip));
    else chunks.push(item.bytes);
  }
  chunks.push(Buffer.from("]}\n"));
  return Buffer.concat(chunks);
}
