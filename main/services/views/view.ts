import type { z } from "zod";
import type { Row, ViewColumn, ViewMessage, viewRequest, viewUpdate } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { messageOf } from "../errors.ts";
import type { StreamEnds, StreamSource } from "../port/types.ts";
import type { Clock } from "../time.ts";
import { freshnessOf } from "../watch/freshness.ts";
import type { CacheChange, Entry } from "../watch/objectCache.ts";
import { Relations } from "../watch/relations.ts";
import { ScopedCaches } from "../watch/scopedCaches.ts";
import { cellText, objectTest, textTest } from "./filter.ts";
import { genericView } from "./kinds/generic.ts";
import { column, text, time, type KindView } from "./kindView.ts";
import { OwnerScope } from "./ownerScope.ts";
import { kindView } from "./registry.ts";
import { RowSet, type RowRules } from "./rowSet.ts";

type Request = z.output<typeof viewRequest>;
type Update = z.output<typeof viewUpdate>;

/** Joined cells that are sorted or filtered by are evaluated over all rows at most this often, ms. */
const reevaluateMs = 1000;

/** One open list: what is shown of a resource, and what changed since the window was told. */
export class View implements StreamSource<ViewMessage, Update> {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #request: Request;
  readonly #caches: ScopedCaches;
  readonly #relations: Relations;
  readonly #rows: RowSet;
  #kind: KindView;
  readonly #special: boolean;
  #scope: OwnerScope | undefined;
  #pending: CacheChange[] | "reset" = "reset";
  #relationsChanged = false;
  #reevaluatedAt = 0;
  #filterProblem: string | undefined;
  #sent = new Map<string, string>();
  #sentState: Record<string, string> = {};

  constructor(options: { cluster: Cluster; clock: Clock; request: Request; ends: StreamEnds }) {
    const { cluster, request } = options;
    this.#cluster = cluster;
    this.#clock = options.clock;
    this.#wake = options.ends.wake;
    this.#request = request;
    const special = kindView(request.resource, cluster.local);
    this.#special = special !== undefined;
    this.#kind = special ?? genericView([]);
    this.#relations = new Relations(cluster, this.#kind.joins, () => this.#joinsChanged());
    this.#caches = new ScopedCaches(cluster.caches, { ...request.resource, table: !this.#special }, request.namespaces, {
      changed: (changes) => this.#changed(changes),
      status: () => this.#wake(),
    });
    this.#setScope();
    this.#rows = new RowSet(this.#rules());
  }

  update(update: Update): void {
    const { filter, namespaces, ...rest } = update;
    Object.assign(this.#request, rest);
    if (namespaces) {
      this.#request.namespaces = namespaces;
      this.#caches.setNamespaces(namespaces);
    }
    if (filter) {
      const ownerChanged = JSON.stringify(filter.owner) !== JSON.stringify(this.#request.filter.owner);
      this.#request.filter = filter;
      if (ownerChanged) this.#setScope();
    }
    if (filter || namespaces || "sort" in update) this.#pending = "reset";
    this.#wake();
  }

  next(): ViewMessage | undefined {
    this.#evaluate();
    const { start, count } = this.#request.range;
    const keys = this.#rows.keys(start, count);
    const message: ViewMessage = {
      ...this.#ifChanged("columns", this.#columns()),
      ...this.#ifChanged("order", { start, keys }),
      ...this.#ifChanged("matched", this.#rows.matched),
      ...this.#ifChanged("total", this.#rows.total),
      ...this.#ifChanged("statusCounts", this.#rows.statusCounts),
      ...this.#ifChanged("freshness", this.#freshness()),
    };
    const rows = this.#changedRows(keys);
    if (rows.length > 0) message.rows = rows;
    return Object.keys(message).length > 0 ? message : undefined;
  }

  [Symbol.dispose](): void {
    this.#scope?.[Symbol.dispose]();
    this.#relations[Symbol.dispose]();
    this.#caches[Symbol.dispose]();
  }

  #evaluate(): void {
    const stale = this.#relationsChanged && this.#dependsOnJoins() && this.#clock.now() - this.#reevaluatedAt >= reevaluateMs;
    this.#relationsChanged &&= !stale && this.#dependsOnJoins();
    if (this.#pending === "reset" || stale) this.#reset();
    else if (this.#pending.length > 0) this.#rows.apply(this.#pending);
    this.#pending = [];
    if (this.#relationsChanged) this.#clock.after(reevaluateMs, this.#wake);
  }

  #reset(): void {
    this.#reevaluatedAt = this.#clock.now();
    if (!this.#special) this.#kind = genericView(this.#caches.columns);
    this.#rows.reset(this.#rules(), this.#caches.entries());
  }

  /** Whether which rows are shown, or their order, can change without the objects themselves changing. */
  #dependsOnJoins(): boolean {
    const { filter, sort } = this.#request;
    return Boolean(
      filter.owner ||
      (this.#kind.joined?.length &&
        (filter.text || filter.statuses.length > 0 || this.#kind.joined.includes("status") || (sort && this.#kind.joined.includes(sort.column)))),
    );
  }

  #changed(changes: CacheChange[] | "reset"): void {
    if (changes === "reset" || this.#pending === "reset") this.#pending = "reset";
    else this.#pending.push(...changes);
    this.#wake();
  }

  #joinsChanged(): void {
    this.#relationsChanged = true;
    this.#wake();
  }

  #setScope(): void {
    this.#scope?.[Symbol.dispose]();
    const { owner } = this.#request.filter;
    this.#scope = owner && new OwnerScope(this.#cluster, owner, () => this.#joinsChanged());
  }

  #rules(): RowRules {
    const { filter, sort, namespaces } = this.#request;
    const wanted = new Set(namespaces);
    const shown = textTest(filter.text);
    const test = this.#objectTest();
    return {
      row: (entry) => this.#row(entry),
      inScope: ({ object }) =>
        (wanted.size === 0 || !object.metadata.namespace || wanted.has(object.metadata.namespace)) && (this.#scope?.has(object) ?? true),
      keeps: ({ object }, row) => test(object) && (!filter.text || shown(textOf(row))),
      statuses: new Set(filter.statuses),
      sort: sort ?? this.#kind.sort,
    };
  }

  #objectTest(): (object: KubeObject) => boolean {
    this.#filterProblem = undefined;
    try {
      return objectTest(this.#request.filter);
    } catch (error) {
      this.#filterProblem = messageOf(error);
      return () => false;
    }
  }

  #row(entry: Entry): Row {
    const { metadata } = entry.object;
    const parts = this.#kind.row(entry.object, this.#relations, entry);
    return {
      key: entry.key,
      object: { ...this.#request.resource, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), name: metadata.name },
      uid: metadata.uid,
      labels: metadata.labels ?? {},
      ...(parts.status ? { status: parts.status } : {}),
      facts: parts.facts ?? {},
      cells: {
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        ...parts.cells,
        age: time(metadata.creationTimestamp),
      },
    };
  }

  #columns(): ViewColumn[] {
    const omit = this.#kind.omit ?? [];
    const namespaced =
      this.#cluster.knownResources?.find(
        ({ group, resource }) => group === this.#request.resource.group && resource === this.#request.resource.resource,
      )?.namespaced ?? true;
    return [
      ...(omit.includes("name") ? [] : [text("name", "Name")]),
      ...(namespaced ? [text("namespace", "Namespace")] : []),
      ...this.#kind.columns,
      ...(omit.includes("age") ? [] : [column("age", "Age", "time")]),
    ];
  }

  #freshness(): NonNullable<ViewMessage["freshness"]> {
    if (this.#filterProblem) return { state: "failed", message: this.#filterProblem };
    const [namespace] = this.#request.namespaces;
    const freshness = freshnessOf(this.#caches.status, { ...this.#request.resource, ...(namespace ? { namespace } : {}) });
    // While live the time moves with every event: the window need not hear of it.
    return freshness.state === "live" ? { state: "live" } : freshness;
  }

  #ifChanged<K extends keyof ViewMessage>(name: K, value: ViewMessage[K]): Pick<ViewMessage, K> | object {
    const text = JSON.stringify(value);
    if (this.#sentState[name] === text) return {};
    this.#sentState[name] = text;
    return { [name]: value };
  }

  /** Rows of the range that the window has not seen as they are now. */
  #changedRows(keys: string[]): Row[] {
    const sent = new Map<string, string>();
    const changed: Row[] = [];
    for (const key of keys) {
      const row = this.#rows.fresh(key);
      if (!row) continue;
      const text = JSON.stringify(row);
      sent.set(key, text);
      if (this.#sent.get(key) !== text) changed.push(row);
    }
    this.#sent = sent;
    return changed;
  }
}

const textOf = (row: Row): string => Object.values(row.cells).map(cellText).join(" ");
