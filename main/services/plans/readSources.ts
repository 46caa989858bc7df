import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { PlanSource } from "../../../shared/contract.ts";
import { messageOf, ServiceError } from "../errors.ts";

export interface SourceText {
  /** What the user calls it: a file name, or a path inside a dropped folder. */
  name: string;
  text: string;
}

const manifest = /\.(ya?ml|json)$/i;
const largestFile = 20_000_000;
const mostFiles = 2000;

/** The texts of dropped files, folders and pasted text. @throws ServiceError that names what can't be read. */
export async function readSources(sources: PlanSource[]): Promise<SourceText[]> {
  const texts = (await Promise.all(sources.map((source) => ("text" in source ? Promise.resolve([source]) : readPath(source.path))))).flat();
  if (texts.length === 0) throw new ServiceError("no-manifests", "nothing to apply: no .yaml, .yml or .json file was found in what was dropped");
  return texts;
}

async function readPath(path: string): Promise<SourceText[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [await readOne(path, basename(path))];
    const files = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && manifest.test(entry.name))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    if (files.length > mostFiles) throw new ServiceError("too-many-files", `${path} holds ${files.length} manifests: drop at most ${mostFiles}`);
    return await Promise.all(files.sort().map((file) => readOne(file, join(basename(path), relative(path, file)))));
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError("unreadable", `${path} can't be read: ${messageOf(error)}`);
  }
}

async function readOne(path: string, name: string): Promise<SourceText> {
  const { size } = await stat(path);
  if (size > largestFile) throw new ServiceError("too-large", `${name} has ${size} bytes: manifests of up to ${largestFile} bytes are read`);
  return { name, text: await readFile(path, "utf8") };
}
