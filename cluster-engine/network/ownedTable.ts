import { isDeepStrictEqual } from "node:util";
import type { TableChange } from "./agentProtocol.ts";

/** A table whose entries belong to owners, each replacing its own as a whole; collects what changes. */
export class OwnedTable<Value> {
  readonly #entries = new Map<string, { owner: string; value: Value }>();
  readonly #keysOf = new Map<string, string[]>();
  readonly #changed = new Set<string>();

  /** All entries of `owner`, from now on. A key that another owner has goes to this one. */
  set(owner: string, entries: Record<string, Value>): void {
    for (const key of this.#keysOf.get(owner) ?? []) if (!(key in entries)) this.#remove(owner, key);
    for (const [key, value] of Object.entries(entries)) {
      const before = this.#entries.get(key);
      this.#entries.set(key, { owner, value });
      if (!before || !isDeepStrictEqual(before.value, value)) this.#changed.add(key);
    }
    const keys = Object.keys(entries);
    if (keys.length > 0) this.#keysOf.set(owner, keys);
    else this.#keysOf.delete(owner);
  }

  owners(): string[] {
    return [...this.#keysOf.keys()];
  }

  all(): Record<string, Value> {
    return Object.fromEntries([...this.#entries].map(([key, { value }]) => [key, value]));
  }

  /** What changed since the last call; undefined when nothing did. */
  take(): TableChange<Value> | undefined {
    if (this.#changed.size === 0) return undefined;
    const change: TableChange<Value> = { set: {}, remove: [] };
    for (const key of this.#changed) {
      const entry = this.#entries.get(key);
      if (entry) change.set[key] = entry.value;
      else change.remove.push(key);
    }
    this.#changed.clear();
    return change;
  }

  #remove(owner: string, key: string): void {
    if (this.#entries.get(key)?.owner !== owner) return;
    this.#entries.delete(key);
    this.#changed.add(key);
  }
}
