import type { Readable } from "node:stream";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { ListMeta, Status } from "../../../shared/kubernetes/types.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import type { StoredObject } from "../storage/storedObject.ts";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  /** In the served version. */
  object: StoredObject | Status;
}

export interface WatchReceiver {
  onEvent(event: WatchEvent): void;
  onEnd(): void;
}

/** What a handler gives back, before it is put into the form that the client accepts. */
export type Answer =
  | { type: "object"; code: number; resource: ServedResource; object: StoredObject }
  | { type: "list"; resource: ServedResource; items: StoredObject[]; metadata: ListMeta }
  | { type: "watch"; resource: ServedResource; start(receiver: WatchReceiver): Disposable }
  /** A document that is not an object of a resource: Status, reviews, discovery. */
  | { type: "document"; code: number; document: Record<string, unknown>; headers?: Record<string, string> }
  | { type: "bytes"; code: number; body: Uint8Array | string; headers: Record<string, string> }
  | { type: "stream"; code: number; body: Readable; headers: Record<string, string> }
  /** The handler has taken over the connection. */
  | { type: "taken" };

export const document = (value: object, code = 200): Answer => ({ type: "document", code, document: value as Record<string, unknown> });

export const text = (body: string, code = 200): Answer => ({
  type: "bytes",
  code,
  body,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
});

export const isStatus = (object: StoredObject | KubeObject | Status): object is Status =>
  (object as { kind?: unknown }).kind === "Status" && !("bytes" in object);

/** What Go's mux says about a path that nothing serves. */
export const pageNotFound = (): Answer => text("404 page not found\n", 404);
