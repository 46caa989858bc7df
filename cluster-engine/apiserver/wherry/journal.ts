import { chainFrom, rootOf, type ChainLink } from "../journal/chain.ts";
import { componentOf } from "../journal/component.ts";
import type { FieldChange, JournalEntry, JournalQuery } from "../journal/types.ts";
import { document, pageNotFound, type Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, notFound } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { integerParameter } from "../verbs/queryOptions.ts";
import { apiVersion, group } from "./apiVersion.ts";
import { rows, wantsRows } from "./rows.ts";

const defaultLimit = 500;

/**
 * `journal`: the latest writes; `journal/REVISION`: one; `journal/chain`: a write and all that it brought about. Each also
 * below `namespaces/NS/`, with that namespace's writes alone.
 */
export async function journalResource(call: ApiCall, context: ServerContext): Promise<Answer> {
  const { name, subresource, namespace } = call.info;
  if (subresource) return pageNotFound();
  if (!name) return listed(call, await context.journal.find({ ...queryOf(call.query), ...(namespace ? { namespace } : {}) }), context);
  if (name === "chain") return chain(call, context);
  const entry = (await context.journal.find(namespace ? { namespace } : {})).find(({ revision }) => String(revision) === name);
  if (!entry) throw notFound({ group, resource: "journal" }, name);
  return wantsRows(call) ? table([entry]) : document({ kind: "JournalEntry", apiVersion, ...shown(entry) });
}

function queryOf(query: URLSearchParams): JournalQuery {
  const parameter = (name: string) => query.get(name) ?? undefined;
  return {
    group: parameter("group"),
    resource: parameter("resource"),
    namespace: parameter("namespace"),
    name: parameter("name"),
    uid: parameter("uid"),
    user: parameter("user"),
    component: parameter("component"),
    after: integerParameter(query, "after") ?? 0,
    limit: integerParameter(query, "limit") ?? defaultLimit,
  };
}

function listed(call: ApiCall, entries: JournalEntry[], { caches }: ServerContext): Answer {
  if (wantsRows(call)) return table(entries);
  return document({ kind: "JournalEntryList", apiVersion, metadata: { resourceVersion: String(caches.revision) }, items: entries.map(shown) });
}

/**
 * `revision` (several with commas) names what began it; else the newest write of the object that `group`, `resource`,
 * `namespace`, `name` or `uid` name, that nothing but its writer's own will caused.
 */
async function chain(call: ApiCall, { journal, caches }: ServerContext): Promise<Answer> {
  const { limit, after: _, ...object } = queryOf(call.query);
  const namespace = call.info.namespace || undefined;
  const entries = await journal.all();
  const roots = call.query.has("revision")
    ? revisionsOf(call.query.get("revision")!)
    : beginningOf(entries, await journal.find({ ...object, ...(namespace ? { namespace } : {}) }));
  const { links, truncated } = chainFrom(entries, roots, limit ?? defaultLimit);
  const items = links.filter(({ entry }) => !namespace || entry.namespace === namespace).map(shownLink);
  return document({ kind: "JournalChain", apiVersion, metadata: { resourceVersion: String(caches.revision) }, truncated, items });
}

function revisionsOf(text: string): Set<number> {
  if (!/^\d+(,\d+)*$/.test(text)) throw badRequest(`revision: ${JSON.stringify(text)} is no list of revisions`);
  return new Set(text.split(",").map(Number));
}

function beginningOf(entries: readonly JournalEntry[], ofObject: JournalEntry[]): Set<number> {
  const last = ofObject.findLast(({ cause }) => !cause) ?? ofObject.at(-1);
  return new Set(last ? [rootOf(entries, last).revision] : []);
}

/** With the metadata that clients expect of every item. */
function shown(entry: JournalEntry): object {
  return { metadata: metadataOf(entry), ...entry, component: componentOf(entry) };
}

const shownLink = ({ entry, ...place }: ChainLink): object => ({ ...shown(entry), ...place });

const metadataOf = ({ revision, namespace, time }: JournalEntry): object => ({
  name: String(revision),
  ...(namespace ? { namespace } : {}),
  creationTimestamp: `${time.slice(0, 19)}Z`,
});

function table(entries: JournalEntry[]): Answer {
  return rows(
    ["Revision", "Time", "Component", "Verb", "Object", "Cause", "Changes"],
    entries.map((entry) => ({ metadata: metadataOf(entry), cells: cellsOf(entry) })),
  );
}

function cellsOf(entry: JournalEntry): string[] {
  const { revision, time, verb, resource, subresource, name, cause, changes = [] } = entry;
  const object = `${resource}${entry.group ? `.${entry.group}` : ""}/${name}${subresource ? ` (${subresource})` : ""}`;
  const because = cause ? `${cause.object}@${cause.resourceVersion}` : "";
  return [String(revision), time, componentOf(entry), verb, object, because, changes.map(changeText).join(", ")];
}

function changeText({ path, op, from, to }: FieldChange): string {
  if (from !== undefined && to !== undefined) return `${path}: ${from} → ${to}`;
  if (to !== undefined) return `${path}: ${to}`;
  return op === "add" ? `+${path}` : op === "remove" ? `-${path}` : path;
}
