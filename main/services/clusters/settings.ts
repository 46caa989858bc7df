import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export interface ClusterSettings {
  protected: boolean;
  readOnly: boolean;
}

const stored = z.record(z.string(), z.object({ protected: z.boolean().default(false), readOnly: z.boolean().default(false) }));

/** What the user has set per cluster, kept in `clusters.json` of the data dir. */
export class SettingsFile {
  readonly #dir: string;
  #settings: Record<string, ClusterSettings> = {};
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#dir = dataDir;
  }

  /** An unreadable file counts as empty: settings must never keep the app from starting. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch(() => "{}");
    try {
      this.#settings = stored.parse(JSON.parse(text));
    } catch {
      this.#settings = {};
    }
  }

  of(cluster: string): ClusterSettings {
    return this.#settings[cluster] ?? { protected: false, readOnly: false };
  }

  async set(cluster: string, change: Partial<ClusterSettings>): Promise<void> {
    this.#settings[cluster] = { ...this.of(cluster), ...change };
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    await this.#writing;
  }

  get #path(): string {
    return join(this.#dir, "clusters.json");
  }

  async #write(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, JSON.stringify(this.#settings, null, 2), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}
