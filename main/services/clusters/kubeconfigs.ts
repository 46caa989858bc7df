import { watch, type FSWatcher } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Clock } from "../time.ts";

const named = z.object({ name: z.string() });
const kubeconfig = z.object({
  clusters: z.array(named.extend({ cluster: z.object({ server: z.string().default("") }).nullish() })).nullish(),
  contexts: z
    .array(named.extend({ context: z.object({ cluster: z.string(), user: z.string().default(""), namespace: z.string().optional() }).nullish() }))
    .nullish(),
  "current-context": z.string().nullish(),
});

/** One context of one kubeconfig file. */
export interface ContextEntry {
  /** `local`, or `context:<file>#<name>`. */
  id: string;
  /** The context's name in the file. */
  context: string;
  file: string;
  server: string;
  namespace?: string;
}

const contextId = (file: string, name: string): string => `context:${file}#${name}`;

/** The contexts of a kubeconfig text. Throws when it is no kubeconfig. */
export function readContexts(file: string, text: string): ContextEntry[] {
  const config = kubeconfig.parse(parse(text) ?? {});
  const servers = new Map((config.clusters ?? []).map((entry) => [entry.name, entry.cluster?.server ?? ""]));
  return (config.contexts ?? []).map(({ name, context }) => ({
    id: contextId(file, name),
    context: name,
    file,
    server: servers.get(context?.cluster ?? "") ?? "",
    ...(context?.namespace ? { namespace: context.namespace } : {}),
  }));
}

/** The context that a kubeconfig text selects, or its first. */
export function currentContext(file: string, text: string): ContextEntry | undefined {
  const contexts = readContexts(file, text);
  const current = kubeconfig.parse(parse(text) ?? {})["current-context"];
  return contexts.find((entry) => entry.context === current) ?? contexts[0];
}

/** Keeps the list of contexts of some kubeconfig files up to date; a broken file keeps what it had last. */
export class Kubeconfigs {
  readonly #paths: string[];
  readonly #local: string;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #byFile = new Map<string, { text: string; contexts: ContextEntry[] }>();
  readonly #watchers: FSWatcher[] = [];
  #timer: Disposable | undefined;

  constructor(options: { paths: string[]; local: string; clock: Clock; changed: () => void }) {
    this.#paths = [...new Set(options.paths)].filter((path) => path !== options.local);
    this.#local = options.local;
    this.#clock = options.clock;
    this.#changed = options.changed;
  }

  /** The local cluster's context first, then each file's in order. */
  get contexts(): ContextEntry[] {
    const local = this.#byFile.get(this.#local)?.contexts ?? [];
    return [...local, ...this.#paths.flatMap((path) => this.#byFile.get(path)?.contexts ?? [])];
  }

  /** The text that a file had when it was read last. */
  text(file: string): string | undefined {
    return this.#byFile.get(file)?.text;
  }

  async start(): Promise<void> {
    for (const path of [this.#local, ...this.#paths]) this.#watch(path);
    await this.reload();
  }

  async reload(): Promise<void> {
    const changes = await Promise.all([this.#local, ...this.#paths].map((path) => this.#read(path)));
    if (changes.some(Boolean)) this.#changed();
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
    for (const watcher of this.#watchers) watcher.close();
  }

  async #read(path: string): Promise<boolean> {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return this.#byFile.delete(path);
    if (text === this.#byFile.get(path)?.text) return false;
    try {
      this.#byFile.set(path, { text, contexts: this.#parse(path, text) });
    } catch {
      return false;
    }
    return true;
  }

  #parse(path: string, text: string): ContextEntry[] {
    if (path !== this.#local) return readContexts(path, text);
    const entry = currentContext(path, text);
    return entry ? [{ ...entry, id: "local" }] : [];
  }

  /** Watches the folder: editors and kubectl replace the file, which ends a watch of the file itself. */
  #watch(path: string): void {
    try {
      const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
        if (!name || name === basename(path)) this.#soon();
      });
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // The folder does not exist: there is nothing to watch until the next start.
    }
  }

  #soon(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(100, () => void this.reload());
  }
}
