import type { JournalEntry } from "./types.ts";

/** A write of a chain. */
export interface ChainLink {
  entry: JournalEntry;
  /** ms after the chain's first write. */
  at: number;
  /** 0 for what began the chain; else one more than the write that caused it. */
  depth: number;
  /** Revision of the write that caused it. */
  by?: number;
}

export interface Chain {
  links: ChainLink[];
  /** True when there are more than were asked for. */
  truncated: boolean;
}

/** The writes `roots` and all that they brought about, in order. `entries` are in the order of their revisions. */
export function chainFrom(entries: readonly JournalEntry[], roots: ReadonlySet<number>, limit: number): Chain {
  const depths = new Map<number, number>();
  const links: ChainLink[] = [];
  let began: number | undefined;
  for (let index = firstFrom(entries, Math.min(...roots)); index < entries.length; index++) {
    const entry = entries[index]!;
    const by = roots.has(entry.revision) ? undefined : causesOf(entry).find((revision) => depths.has(revision));
    if (by === undefined && !roots.has(entry.revision)) continue;
    if (links.length === limit) return { links, truncated: true };
    const depth = by === undefined ? 0 : depths.get(by)! + 1;
    depths.set(entry.revision, depth);
    began ??= Date.parse(entry.time);
    links.push({ entry, at: Date.parse(entry.time) - began, depth, ...(by === undefined ? {} : { by }) });
  }
  return { links, truncated: false };
}

/** The write that began the chain which an entry is part of: the one that is known and has no known cause. */
export function rootOf(entries: readonly JournalEntry[], entry: JournalEntry): JournalEntry {
  let root = entry;
  for (let parent = causeOf(entries, root); parent; parent = causeOf(entries, root)) root = parent;
  return root;
}

function causeOf(entries: readonly JournalEntry[], entry: JournalEntry): JournalEntry | undefined {
  for (const revision of causesOf(entry)) {
    const found = entries[firstFrom(entries, revision)];
    // What is caused comes later: a cause of another run's count is none.
    if (found?.revision === revision && revision < entry.revision) return found;
  }
  return undefined;
}

/** Revisions, the main one first. A revision is enough: no two writes share one. */
const causesOf = ({ cause }: JournalEntry): number[] => (cause ? [cause.resourceVersion, ...(cause.also ?? [])].map(Number) : []);

/** Index of the first entry with at least this revision. */
function firstFrom(entries: readonly JournalEntry[], revision: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.revision < revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
