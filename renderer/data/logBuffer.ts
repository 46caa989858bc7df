import type { LogEntry } from "../../shared/contract.ts";

/** Lines that the window keeps of one log. */
export const logCapacity = 100_000;

export interface LogBuffer {
  readonly entries: readonly LogEntry[];
  /** Lines that fell out at the old end. */
  readonly dropped: number;
  /** In the order of their first line: their colours stay. */
  readonly pods: readonly string[];
}

export const emptyLog: LogBuffer = { entries: [], dropped: 0, pods: [] };

/** Adds a batch, ordered by time; the newest `capacity` lines stay. */
export function appendLog(buffer: LogBuffer, batch: readonly LogEntry[], capacity = logCapacity): LogBuffer {
  if (batch.length === 0) return buffer;
  let entries = [...buffer.entries, ...batch];
  const joint = buffer.entries.length;
  if (joint > 0 && entries[joint]!.at < entries[joint - 1]!.at) entries.sort((a, b) => a.at - b.at || a.seq - b.seq);
  const excess = Math.max(0, entries.length - capacity);
  if (excess > 0) entries = entries.slice(excess);
  return { entries, dropped: buffer.dropped + excess, pods: withPodsOf(buffer.pods, batch) };
}

function withPodsOf(known: readonly string[], batch: readonly LogEntry[]): readonly string[] {
  const news = new Set(batch.map(({ pod }) => pod));
  for (const pod of known) news.delete(pod);
  return news.size === 0 ? known : [...known, ...news];
}

export interface LogQuery {
  text: string;
  regex: boolean;
  caseSensitive: boolean;
}

/** The pattern that a query means; undefined when it is empty or no valid expression. */
export function logPattern(query: LogQuery): RegExp | undefined {
  if (query.text === "") return undefined;
  const source = query.regex ? query.text : query.text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  try {
    return new RegExp(source, query.caseSensitive ? "g" : "gi");
  } catch {
    return undefined;
  }
}

/** Indexes of the lines that match. */
export function findLines(entries: readonly LogEntry[], pattern: RegExp | undefined): number[] {
  if (!pattern) return [];
  const plain = new RegExp(pattern.source, pattern.flags.replace("g", ""));
  const found: number[] = [];
  for (let index = 0; index < entries.length; index++) if (plain.test(entries[index]!.text)) found.push(index);
  return found;
}

/** A line cut where the pattern matches. */
export function splitMatches(text: string, pattern: RegExp | undefined): { text: string; match: boolean }[] {
  if (!pattern) return [{ text, match: false }];
  const parts: { text: string; match: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === "") continue;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), match: false });
    parts.push({ text: match[0], match: true });
    at = match.index + match[0].length;
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), match: false });
  return parts;
}
