import { mkdirSync } from "node:fs";
import { appendFile, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { JournalEntry } from "./types.ts";

export interface JournalFileOptions {
  /** Made with mode 0700; its files are 0600. */
  folder: string;
  /** The store's revision at the start: entries of earlier runs beyond it tell of what an older copy of the store never saw. */
  revision: number;
  clock: Clock;
  log: Log;
  /** A segment grows to about this, bytes. */
  segmentBytes?: number;
  /** So many segments' worth of bytes stay. */
  kept?: number;
}

/** How long lines are gathered before they go to the disk, ms: what a crash may cost. */
const gather = 250;
const linesAtOnce = 1000;

/**
 * Entries on disk, one JSON document a line, in numbered segments: each start and each full segment begin a new one, and
 * the oldest go when there are too many bytes. A run's first line says after which revision it begins.
 */
export class JournalFile {
  readonly #options: Required<JournalFileOptions>;
  readonly #older: Promise<number[]>;
  #writing: Promise<void> = Promise.resolve();
  #timer: Disposable | undefined;
  #lines: string[];
  #number: number | undefined;
  #size = 0;
  #broken = false;

  constructor({ segmentBytes = 2 << 20, kept = 8, ...options }: JournalFileOptions) {
    this.#options = { ...options, segmentBytes, kept };
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#older = segments(options.folder);
    this.#older.catch(() => {});
    this.#lines = [JSON.stringify({ after: options.revision })];
  }

  /** Takes a line of JSON. Never throws, never waits: the journal is no reason to refuse a write. */
  append(line: string): void {
    this.#lines.push(line);
    this.#timer ??= this.#options.clock.after(gather, () => void this.#flush());
  }

  /** What earlier runs wrote, in their order. Others run in between. */
  async load(): Promise<JournalEntry[]> {
    let entries: JournalEntry[] = [];
    for (const number of await this.#older) {
      const lines = await readFile(this.#path(number), "utf8").then(
        (text) => text.split("\n"),
        () => [],
      );
      for (let from = 0; from < lines.length; from += linesAtOnce) {
        for (const line of lines.slice(from, from + linesAtOnce)) entries = withLine(entries, line);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return upTo(entries, this.#options.revision);
  }

  /** Resolves when everything is on disk. */
  close(): Promise<void> {
    return this.#timer ? this.#flush() : this.#writing;
  }

  #flush(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const text = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    return (this.#writing = this.#writing
      .then(() => this.#write(text))
      .catch((error: Error) => {
        if (!this.#broken) this.#options.log.warn("the journal is not written", { error: error.message });
        this.#broken = true;
      }));
  }

  async #write(text: string): Promise<void> {
    if (this.#number === undefined || this.#size >= this.#options.segmentBytes) await this.#beginSegment();
    await appendFile(this.#path(this.#number!), text, { mode: 0o600 });
    this.#size += Buffer.byteLength(text);
    this.#broken = false;
  }

  async #beginSegment(): Promise<void> {
    const { folder, segmentBytes, kept } = this.#options;
    const numbers = await segments(folder);
    let bytes = segmentBytes;
    for (const number of numbers.toReversed()) {
      bytes += await stat(this.#path(number)).then(({ size }) => size);
      if (bytes > segmentBytes * kept) await unlink(this.#path(number));
    }
    this.#number = (numbers.at(-1) ?? 0) + 1;
    this.#size = 0;
  }

  #path(number: number): string {
    return join(this.#options.folder, `${String(number).padStart(6, "0")}.jsonl`);
  }
}

/** Their numbers, the oldest first. */
async function segments(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (/^\d+\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
}

/** A run that begins at an earlier revision than the last one knew forgets what came after it. */
function withLine(entries: JournalEntry[], line: string): JournalEntry[] {
  const parsed = parse(line);
  if (!parsed) return entries;
  if ("after" in parsed) return upTo(entries, parsed.after);
  entries.push(parsed);
  return entries;
}

/** A crash may have cut the last line of a run. */
function parse(line: string): JournalEntry | { after: number } | undefined {
  try {
    return line ? (JSON.parse(line) as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}

const upTo = (entries: JournalEntry[], revision: number): JournalEntry[] => entries.filter((entry) => entry.revision <= revision);
