import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

const settings = z.object({
  /** What closing the last window does. */
  onClose: z.enum(["ask", "keep", "quit"]).default("ask"),
});
export type Settings = z.infer<typeof settings>;

/** How the app behaves on this desktop, kept in a file. A file that can't be read counts as absent. */
export class DesktopSettings {
  readonly #path: string;
  #values: Settings;

  constructor(path: string) {
    this.#path = path;
    this.#values = read(path);
  }

  get values(): Settings {
    return this.#values;
  }

  set(change: Partial<Settings>): void {
    this.#values = { ...this.#values, ...change };
    writeFileSync(this.#path, `${JSON.stringify(this.#values, null, 2)}\n`);
  }
}

function read(path: string): Settings {
  try {
    return settings.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return settings.parse({});
  }
}
