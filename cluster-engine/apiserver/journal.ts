import type { WriteCause } from "../client/types.ts";

/** One write: who, what, why and when. Never holds values of objects. */
export interface JournalEntry {
  /** RFC 3339 with milliseconds. */
  time: string;
  revision: number;
  verb: "create" | "update" | "delete";
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name: string;
  uid?: string;
  user: string;
  userAgent: string;
  cause?: WriteCause;
}

/** The latest writes, in order, at most `capacity`. */
export class Journal {
  readonly #capacity: number;
  #entries: JournalEntry[] = [];

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  record(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#capacity * 1.1) this.#entries = this.#entries.slice(-this.#capacity);
  }

  /** Entries after a revision that match every given property, newest last. */
  find({
    after = 0,
    limit = Infinity,
    ...wanted
  }: Partial<Pick<JournalEntry, "group" | "resource" | "namespace" | "name" | "uid" | "user">> & { after?: number; limit?: number }): JournalEntry[] {
    const tests = Object.entries(wanted).filter(([, value]) => value !== undefined);
    const found = this.#entries.filter(
      (entry) => entry.revision > after && tests.every(([key, value]) => (entry as unknown as Record<string, unknown>)[key] === value),
    );
    return found.length > limit ? found.slice(-limit) : found;
  }
}
