import type { ApiResource, ObjectRef } from "../../../shared/contract.ts";
import type { ChainMessage, JournalWrite } from "../../../shared/journal.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";

/** An entry of `/apis/wherry.dev/v1/journal`. */
export interface JournalEntry {
  time: string;
  revision: number;
  verb: JournalWrite["verb"];
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name: string;
  user: string;
  component: string;
  cause?: { object: string; resourceVersion: string };
  changes?: JournalWrite["changes"];
}

export interface ChainEntry extends JournalEntry {
  at: number;
  depth: number;
}

type Kinds = Pick<ApiResource, "group" | "version" | "resource" | "kind">[];

const eventFields = new Set(["reason", "involvedObject.kind", "involvedObject.name", "count"]);

/** An entry as the window shows it: with the kind's name, and what an Event tells in place of its fields. */
export function writeOf(entry: JournalEntry, kinds: Kinds): JournalWrite {
  const { time, revision, verb, group, resource, subresource, namespace, name, user, component, cause, changes = [] } = entry;
  const found = kinds.find((kind) => kind.group === group && kind.resource === resource);
  const isEvent = resource === "events";
  const reason = isEvent ? changes.find(({ path }) => path === "reason")?.to : undefined;
  const object: ObjectRef = { group, version: found?.version ?? "v1", resource, ...(namespace ? { namespace } : {}), name };
  return {
    revision,
    at: Date.parse(time),
    component,
    user,
    verb,
    object,
    kind: found?.kind ?? resource,
    ...(subresource ? { subresource } : {}),
    ...(reason === undefined ? {} : { reason: String(reason) }),
    changes: isEvent ? changes.filter(({ path }) => !eventFields.has(path)) : changes,
    ...(cause ? { cause: { text: causeText(cause.object, kinds), revision: Number(cause.resourceVersion) } } : {}),
  };
}

/** `Deployment web` for `deployments.apps/default/web`. */
function causeText(object: string, kinds: Kinds): string {
  const [qualified = "", ...path] = object.split("/");
  const dot = qualified.indexOf(".");
  const [resource, group] = dot < 0 ? [qualified, ""] : [qualified.slice(0, dot), qualified.slice(dot + 1)];
  const kind = kinds.find((each) => each.group === group && each.resource === resource)?.kind ?? resource;
  return `${kind} ${path.at(-1) ?? ""}`;
}

export const chainOf = ({ items, truncated }: { items: ChainEntry[]; truncated: boolean }, kinds: Kinds): ChainMessage => ({
  steps: items.map((entry) => ({ ...writeOf(entry, kinds), after: entry.at, depth: entry.depth })),
  truncated,
});

/** The last write of each field manager, the newest first: all that other clusters know of an object's past. */
export function writesFromManagers({ kind, metadata }: KubeObject, object: ObjectRef): JournalWrite[] {
  const writes = (metadata.managedFields ?? []).map(({ manager = "", time = metadata.creationTimestamp, subresource, fieldsV1 }) => ({
    revision: 0,
    at: Date.parse(time),
    component: manager,
    user: "",
    verb: "update" as const,
    object,
    kind,
    ...(subresource ? { subresource } : {}),
    changes: ownedFields(fieldsV1).map((path) => ({ path })),
  }));
  return writes.sort((a, b) => b.at - a.at);
}

const fieldsShown = 8;

/** The second level of what a manager owns: `spec.replicas`, `metadata.labels`. */
function ownedFields(fields: unknown): string[] {
  const children = (value: unknown): [string, unknown][] =>
    Object.entries((value ?? {}) as Record<string, unknown>).flatMap(([key, inner]) => (key.startsWith("f:") ? [[key.slice(2), inner]] : []));
  const paths = children(fields).flatMap(([name, inner]) => {
    const below = children(inner);
    return below.length ? below.map(([key]) => `${name}.${key}`) : [name];
  });
  return paths.slice(0, fieldsShown);
}
