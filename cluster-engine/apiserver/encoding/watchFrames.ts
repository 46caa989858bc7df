import type { WatchEvent } from "../request/answer.ts";
import type { StoredObject } from "../storage/storedObject.ts";

const end = Buffer.from("}\n");
const heads = Object.fromEntries(
  ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].map((type) => [type, Buffer.from(`{"type":"${type}","object":`)]),
) as Record<WatchEvent["type"], Buffer>;

const made = new WeakMap<StoredObject, { type: string; frame: Buffer }>();

/** One event of a JSON watch stream, shared by all watchers that see the same change. */
export function watchFrame({ type, object }: WatchEvent): Buffer {
  if (!("bytes" in object)) return Buffer.concat([heads[type], Buffer.from(JSON.stringify(object)), end]);
  const known = made.get(object);
  if (known?.type === type) return known.frame;
  const frame = Buffer.concat([heads[type], object.bytes, end]);
  made.set(object, { type, frame });
  return frame;
}
