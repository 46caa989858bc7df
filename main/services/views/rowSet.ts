import type { Row, StatusClass } from "../../../shared/contract.ts";
import type { CacheChange, Entry } from "../watch/objectCache.ts";
import { cellOrder, compareOrder } from "./filter.ts";

/** So many changes at once are cheaper to sort in together than to place one by one. */
const sortAnewFrom = 64;

interface Item {
  entry: Entry;
  row: Row;
  order: string | number;
  /** In the chosen namespaces, and of the chosen owner. */
  scoped: boolean;
  /** Passes all but the status filter. */
  listed: boolean;
  shown: boolean;
}

export interface RowRules {
  row(entry: Entry): Row;
  /** By namespace and owner. */
  inScope(entry: Entry): boolean;
  /** By labels, fields and the row's text. */
  keeps(entry: Entry, row: Row): boolean;
  statuses: ReadonlySet<StatusClass>;
  sort: { column: string; descending: boolean } | undefined;
}

/** Filtered and sorted rows of a view; single changes move single rows. */
export class RowSet {
  #rules: RowRules;
  readonly #items = new Map<string, Item>();
  #sorted: Item[] = [];
  #total = 0;
  readonly #counts = new Map<StatusClass, number>();

  constructor(rules: RowRules) {
    this.#rules = rules;
  }

  /** Objects in scope, before the filter. */
  get total(): number {
    return this.#total;
  }

  get matched(): number {
    return this.#sorted.length;
  }

  get statusCounts(): Partial<Record<StatusClass, number>> {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0));
  }

  keys(start: number, count: number): string[] {
    return this.#sorted.slice(start, start + count).map(({ entry }) => entry.key);
  }

  /** The row as it would be drawn now. */
  fresh(key: string): Row | undefined {
    const item = this.#items.get(key);
    if (item) item.row = this.#rules.row(item.entry);
    return item?.row;
  }

  reset(rules: RowRules, entries: Iterable<Entry>): void {
    this.#rules = rules;
    this.#items.clear();
    this.#counts.clear();
    this.#total = 0;
    for (const entry of entries) this.#add(this.#item(entry));
    this.#sortAll();
  }

  apply(changes: CacheChange[]): void {
    if (changes.length > sortAnewFrom) return this.#applyMany(changes);
    for (const { key, entry } of changes) {
      this.#drop(key);
      if (!entry) continue;
      const item = this.#item(entry);
      this.#add(item);
      if (item.shown) this.#sorted.splice(this.#position(item), 0, item);
    }
  }

  #applyMany(changes: CacheChange[]): void {
    for (const { key, entry } of changes) {
      const item = this.#items.get(key);
      if (item) this.#forget(item);
      if (entry) this.#add(this.#item(entry));
    }
    this.#sortAll();
  }

  #sortAll(): void {
    this.#sorted = [...this.#items.values()].filter(({ shown }) => shown).sort((a, b) => this.#compare(a, b));
  }

  #item(entry: Entry): Item {
    const row = this.#rules.row(entry);
    const scoped = this.#rules.inScope(entry);
    const listed = scoped && this.#rules.keeps(entry, row);
    const { statuses, sort } = this.#rules;
    const shown = listed && (statuses.size === 0 || (row.status !== undefined && statuses.has(row.status)));
    return { entry, row, scoped, listed, shown, order: sort ? cellOrder(row.cells[sort.column]) : entry.key };
  }

  #add(item: Item): void {
    this.#items.set(item.entry.key, item);
    if (item.scoped) this.#total++;
    if (item.listed && item.row.status) this.#count(item.row.status, 1);
  }

  #drop(key: string): void {
    const item = this.#items.get(key);
    if (!item) return;
    this.#forget(item);
    if (!item.shown) return;
    const at = this.#position(item);
    const index = this.#sorted[at] === item ? at : this.#sorted.indexOf(item);
    if (index >= 0) this.#sorted.splice(index, 1);
  }

  #forget(item: Item): void {
    this.#items.delete(item.entry.key);
    if (item.scoped) this.#total--;
    if (item.listed && item.row.status) this.#count(item.row.status, -1);
  }

  #count(status: StatusClass, by: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + by);
  }

  #position(item: Item): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#sorted[middle]!, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: Item, b: Item): number {
    const order = compareOrder(a.order, b.order) * (this.#rules.sort?.descending ? -1 : 1);
    return order || (a.entry.key < b.entry.key ? -1 : a.entry.key > b.entry.key ? 1 : 0);
  }
}
