import { componentOf } from "./component.ts";
import type { JournalFile } from "./journalFile.ts";
import type { JournalEntry, JournalQuery } from "./types.ts";

export interface JournalOptions {
  /** Keeps entries across restarts; absent: they end with the process. */
  file?: JournalFile;
  /** The latest so many entries, and so many bytes of them in JSON, are kept. */
  maxEntries?: number;
  maxBytes?: number;
}

/** The latest writes, in the order of their revisions; bounded. */
export class Journal {
  readonly #file: JournalFile | undefined;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #entries: JournalEntry[] = [];
  #sizes: number[] = [];
  /** Entries before it are forgotten, and swept away once they are many. */
  #first = 0;
  #bytes = 0;
  #loading: Promise<void> | undefined;

  constructor({ file, maxEntries = 40_000, maxBytes = 16 << 20 }: JournalOptions = {}) {
    this.#file = file;
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  record(entry: JournalEntry): void {
    const line = JSON.stringify(entry);
    this.#file?.append(line);
    // Writes end in about the order in which they were committed.
    let at = this.#entries.length;
    while (at > this.#first && this.#entries[at - 1]!.revision > entry.revision) at--;
    this.#entries.splice(at, 0, entry);
    this.#sizes.splice(at, 0, line.length);
    this.#bytes += line.length;
    this.#forget();
  }

  /** Everything that is kept, in order, that of earlier runs too. */
  async all(): Promise<readonly JournalEntry[]> {
    await (this.#loading ??= this.#load());
    return this.#first ? this.#entries.slice(this.#first) : this.#entries;
  }

  /** Entries that match every given property, the newest last. */
  async find({ after = 0, limit = Infinity, component, ...wanted }: JournalQuery): Promise<JournalEntry[]> {
    const tests = Object.entries(wanted).filter(([, value]) => value !== undefined) as [keyof typeof wanted, string][];
    const found = (await this.all()).filter(
      (entry) =>
        entry.revision > after && tests.every(([key, value]) => (entry[key] ?? "") === value) && (!component || componentOf(entry) === component),
    );
    return found.length > limit ? found.slice(-limit) : found;
  }

  close(): Promise<void> {
    return this.#file?.close() ?? Promise.resolve();
  }

  async #load(): Promise<void> {
    const older = (await this.#file?.load().catch(() => [])) ?? [];
    older.sort((a, b) => a.revision - b.revision);
    this.#entries = [...older, ...this.#entries.slice(this.#first)];
    this.#sizes = [...older.map((entry) => JSON.stringify(entry).length), ...this.#sizes.slice(this.#first)];
    this.#first = 0;
    this.#bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    this.#forget();
  }

  #forget(): void {
    while (this.#entries.length - this.#first > this.#maxEntries || this.#bytes > this.#maxBytes) this.#bytes -= this.#sizes[this.#first++]!;
    if (this.#first <= this.#maxEntries / 8) return;
    this.#entries.splice(0, this.#first);
    this.#sizes.splice(0, this.#first);
    this.#first = 0;
  }
}
