import type { ObjectRef, Row, StatusClass, ViewColumn, ViewMessage } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Event } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { StreamEnds, StreamParamsOf, StreamSource, StreamUpdateOf } from "../port/types.ts";
import { freshnessOf } from "../watch/freshness.ts";
import type { CacheChange, Entry } from "../watch/objectCache.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import { Relations } from "../watch/relations.ts";
import { sameResource } from "../watch/resources.ts";
import { cellOrder, cellText, compareOrder, objectTest, textTest } from "./filter.ts";
import { genericView } from "./kinds/generic.ts";
import { column, text, type KindView } from "./kindView.ts";
import { kindView } from "./registry.ts";

/** One list on screen: rows made from the shared cache, filtered and sorted here; only the asked range goes out. */
export class ViewStream implements StreamSource<ViewMessage, StreamUpdateOf<"view">> {
  readonly #params: StreamParamsOf<"view">;
  readonly #ends: StreamEnds;
  readonly #lease: CacheLease;
  readonly #relations: Relations;
  readonly #subscription: Disposable;
  readonly #known: KindView | undefined;
  readonly #namespaced: boolean;
  #kind: KindView;
  #rows = new Map<string, Row>();
  /** What the window has. */
  #sent = { columns: "", order: "", rows: new Map<string, string>(), numbers: "", freshness: "" };

  constructor(cluster: Cluster, params: StreamParamsOf<"view">, ends: StreamEnds) {
    this.#params = { ...params };
    this.#ends = ends;
    this.#known = kindView(params.resource, cluster.local);
    this.#kind = this.#known ?? genericView([]);
    this.#namespaced = cluster.knownResources?.find((resource) => sameResource(resource, params.resource))?.namespaced ?? true;
    this.#lease = cluster.caches.lease({ ...params.resource, ...(this.#known ? {} : { table: true }) });
    const joins = params.filter.owner ? [...new Set([...this.#kind.joins, "pods" as const, "replicasets" as const, "jobs" as const])] : this.#kind.joins;
    this.#relations = new Relations(cluster, joins, () => this.#stale());
    this.#subscription = this.#lease.cache.subscribe({ changed: (changes) => this.#changed(changes), status: () => ends.wake() });
    ends.wake();
  }

  update(update: StreamUpdateOf<"view">): void {
    const { namespaces, filter, sort, range } = update;
    if (namespaces !== undefined) this.#params.namespaces = namespaces;
    if (filter !== undefined) this.#params.filter = filter;
    if (sort !== undefined) this.#params.sort = sort;
    if (range !== undefined) this.#params.range = range;
  }

  next(): ViewMessage | undefined {
    if (!this.#known && this.#lease.cache.columns.length > 0) this.#kind = genericView(this.#lease.cache.columns);
    const message = { ...this.#columns(), ...this.#body(), ...this.#freshness() };
    return Object.keys(message).length > 0 ? message : undefined;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#relations[Symbol.dispose]();
    this.#lease[Symbol.dispose]();
  }

  #changed(changes: CacheChange[] | "reset"): void {
    if (changes === "reset") this.#rows.clear();
    else for (const { key } of changes) this.#rows.delete(key);
    this.#ends.wake();
  }

  #stale(): void {
    this.#rows.clear();
    this.#ends.wake();
  }

  #columns(): ViewMessage {
    const omit = new Set(this.#kind.omit);
    const columns: ViewColumn[] = [
      ...(omit.has("name") ? [] : [text("name", "Name")]),
      ...(this.#namespaced ? [text("namespace", "Namespace")] : []),
      ...this.#kind.columns,
      ...(omit.has("age") ? [] : [column("age", "Age", "time")]),
    ];
    const shape = JSON.stringify(columns);
    if (shape === this.#sent.columns) return {};
    this.#sent.columns = shape;
    return { columns };
  }

  #body(): ViewMessage {
    const { status } = this.#lease.cache;
    if (status.state === "loading" && this.#lease.cache.size === 0) return {};
    const { matched, total, counts } = this.#select();
    const { start, count } = this.#params.range;
    const range = this.#sorted(matched).slice(start, start + count);
    return { ...this.#order(start, range), ...this.#changedRows(range), ...this.#numbers(matched.length, total, counts) };
  }

  #select(): { matched: Row[]; total: number; counts: Partial<Record<StatusClass, number>> } {
    const { filter, namespaces } = this.#params;
    const isObject = objectTest(filter, namespaces);
    const inScope = objectTest({ ...filter, labelSelector: "", fieldSelector: "" }, namespaces);
    const isText = textTest(filter.text);
    const isOwned = this.#ownerTest();
    const wanted = new Set(filter.statuses);
    const counts: Partial<Record<StatusClass, number>> = {};
    const matched: Row[] = [];
    let total = 0;
    for (const entry of this.#lease.cache.entries()) {
      if (!inScope(entry.object) || !isOwned(entry.object)) continue;
      total++;
      if (!isObject(entry.object)) continue;
      const row = this.#row(entry);
      if (filter.text && !isText(shownText(row))) continue;
      if (row.status) counts[row.status] = (counts[row.status] ?? 0) + 1;
      if (wanted.size === 0 || (row.status && wanted.has(row.status))) matched.push(row);
    }
    return { matched, total, counts };
  }

  /** Objects of an owner, directly or through what it owns; events about any of them. */
  #ownerTest(): (object: KubeObject) => boolean {
    const { owner } = this.#params.filter;
    if (!owner) return () => true;
    const ours = this.#ownedUids(owner);
    if (sameResource(this.#params.resource, { group: "", resource: "events" })) {
      return (object) => {
        const { involvedObject } = object as Event;
        return ours.has(involvedObject.uid ?? "") || (involvedObject.name === owner.name && (involvedObject.namespace ?? "") === (owner.namespace ?? ""));
      };
    }
    return ({ metadata }) => metadata.ownerReferences?.some(({ uid, name }) => ours.has(uid) || (name === owner.name && metadata.namespace === owner.namespace)) ?? false;
  }

  #ownedUids(owner: ObjectRef): Set<string> {
    const uids = new Set<string>();
    for (const resource of ["replicasets", "jobs", "pods"] as const) {
      for (const { metadata } of this.#relations.all<KubeObject>(resource)) {
        if (metadata.namespace === owner.namespace && metadata.ownerReferences?.some(({ uid, name }) => name === owner.name || uids.has(uid))) uids.add(metadata.uid);
      }
    }
    return uids;
  }

  #row(entry: Entry): Row {
    const known = this.#rows.get(entry.key);
    if (known) return known;
    const { metadata } = entry.object;
    const { cells, status, facts } = this.#kind.row(entry.object, this.#relations, entry);
    const row: Row = {
      key: entry.key,
      object: { ...this.#params.resource, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), name: metadata.name },
      uid: metadata.uid,
      labels: metadata.labels ?? {},
      ...(status ? { status } : {}),
      facts: facts ?? {},
      cells: { name: metadata.name, namespace: metadata.namespace ?? null, ...cells, age: { kind: "time", at: Date.parse(metadata.creationTimestamp) } },
    };
    this.#rows.set(entry.key, row);
    return row;
  }

  #sorted(rows: Row[]): Row[] {
    const sort = this.#params.sort ?? this.#kind.sort;
    const sign = sort?.descending ? -1 : 1;
    const keyed = rows.map((row) => ({ row, order: sort ? cellOrder(row.cells[sort.column]) : row.key }));
    keyed.sort((a, b) => sign * compareOrder(a.order, b.order) || compareOrder(a.row.key, b.row.key));
    return keyed.map(({ row }) => row);
  }

  #order(start: number, range: Row[]): ViewMessage {
    const keys = range.map(({ key }) => key);
    const order = JSON.stringify([start, keys]);
    if (order === this.#sent.order) return {};
    this.#sent.order = order;
    return { order: { start, keys } };
  }

  #changedRows(range: Row[]): ViewMessage {
    const sent = new Map<string, string>();
    const rows = range.filter((row) => {
      const content = JSON.stringify(row);
      sent.set(row.key, content);
      return content !== this.#sent.rows.get(row.key);
    });
    this.#sent.rows = sent;
    return rows.length > 0 ? { rows } : {};
  }

  #numbers(matched: number, total: number, statusCounts: Partial<Record<StatusClass, number>>): ViewMessage {
    const numbers = JSON.stringify([matched, total, statusCounts]);
    if (numbers === this.#sent.numbers) return {};
    this.#sent.numbers = numbers;
    return { matched, total, statusCounts };
  }

  #freshness(): ViewMessage {
    const freshness = freshnessOf(this.#lease.cache.status, this.#params.resource);
    // While live the time moves with every event: the window need not hear of it.
    const shape = JSON.stringify(freshness.state === "live" ? freshness.state : freshness);
    if (shape === this.#sent.freshness) return {};
    this.#sent.freshness = shape;
    return { freshness };
  }
}

const shownText = (row: Row): string => Object.values(row.cells).map(cellText).join(" ");
