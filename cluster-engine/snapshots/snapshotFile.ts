import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import type { SnapshotEntry } from "../api/snapshotPort.ts";

/** The first line of a file. */
export interface SnapshotHeader {
  format: number;
  name: string;
  /** ms since the epoch. */
  at: number;
  revision: number;
  objects: number;
  /** Contents of the certificates' folder by file name. */
  pki: Record<string, string>;
}

export const snapshotFormat = 1;
const newline = 0x0a;
const tab = 0x09;

/** Writes `header`, a line `KEY TAB OBJECT` for each entry, and a checksum of it all. Whole or not at all; 0600; resolves when the disk has it. */
export async function writeSnapshot(path: string, header: SnapshotHeader, entries: readonly SnapshotEntry[]): Promise<number> {
  const chunks: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)];
  const end = Buffer.from("\n");
  for (const { key, value } of entries) chunks.push(Buffer.from(`${key}\t`), value, end);
  const body = Buffer.concat(chunks);
  const whole = Buffer.concat([body, Buffer.from(`${JSON.stringify({ sha256: digest(body) })}\n`)]);
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(whole);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return whole.length;
}

/** @throws Error that names the file when it is damaged, or of a newer format */
export async function readSnapshot(path: string): Promise<{ header: SnapshotHeader; entries: SnapshotEntry[]; bytes: number }> {
  const whole = await readFile(path);
  const lastLine = whole.lastIndexOf(newline, whole.length - 2) + 1;
  const body = whole.subarray(0, lastLine);
  const damaged = (what: string) => new Error(`${path} is damaged: ${what}; use another snapshot`);
  const { sha256 } = parsed<{ sha256?: string }>(whole.subarray(lastLine)) ?? {};
  if (lastLine === 0 || sha256 === undefined) throw damaged("it has no checksum, so its end is missing");
  if (digest(body) !== sha256) throw damaged("its contents do not have its checksum");
  const headerEnd = body.indexOf(newline);
  const header = parsed<SnapshotHeader>(body.subarray(0, headerEnd));
  if (!header) throw damaged("its first line can't be read");
  checkFormat(path, header);
  const entries: SnapshotEntry[] = [];
  for (let start = headerEnd + 1; start < body.length;) {
    const [middle, end] = [body.indexOf(tab, start), body.indexOf(newline, start)];
    entries.push({ key: body.toString("utf8", start, middle), value: body.subarray(middle + 1, end) });
    start = end + 1;
  }
  return { header, entries, bytes: whole.length };
}

/** The first line of a file, of which nothing else is looked at. */
export async function readHeader(path: string): Promise<{ header: SnapshotHeader; bytes: number }> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    for await (const line of file.readLines({ autoClose: false })) {
      const header = parsed<SnapshotHeader>(Buffer.from(line));
      if (!header) break;
      return { header, bytes: size };
    }
  } finally {
    await file.close();
  }
  throw new Error(`${path} is damaged: its first line can't be read`);
}

function checkFormat(path: string, { format }: SnapshotHeader): void {
  if (format > snapshotFormat)
    throw new Error(`${path} has format ${format}, and this version reads formats up to ${snapshotFormat}: use a newer Wherry`);
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function parsed<T>(bytes: Uint8Array): T | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as T;
  } catch {
    return undefined;
  }
}
