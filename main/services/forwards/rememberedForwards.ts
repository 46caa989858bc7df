import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { objectRef } from "../../../shared/contract.ts";

const remembered = z.object({
  cluster: z.string(),
  object: objectRef,
  port: z.string().optional(),
  localPort: z.number().int().min(0).max(65_535),
});
export type RememberedForward = z.infer<typeof remembered>;

/** Forwards that the user wants to find again, in `forwards.json` of the data dir. */
export class RememberedForwards {
  readonly #dir: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#dir = dataDir;
  }

  /** An unreadable file counts as empty. */
  async load(): Promise<RememberedForward[]> {
    const text = await readFile(this.#path, "utf8").catch(() => "[]");
    try {
      return z.array(remembered).parse(JSON.parse(text));
    } catch {
      return [];
    }
  }

  save(forwards: RememberedForward[]): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(forwards));
    return this.#writing;
  }

  get #path(): string {
    return join(this.#dir, "forwards.json");
  }

  async #write(forwards: RememberedForward[]): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, JSON.stringify(forwards, null, 2), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}
