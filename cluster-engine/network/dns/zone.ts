import type { Records, RecordSet } from "./types.ts";

/** All names of the cluster, with the empty names above them. */
export class Zone {
  #records = new Map<string, RecordSet>();
  /** How many names are below each name. */
  #below = new Map<string, number>();

  get(name: string): RecordSet | undefined {
    return this.#records.get(name) ?? (this.#below.has(name) ? {} : undefined);
  }

  update(set: Records, remove: string[]): void {
    for (const name of remove) if (this.#records.delete(name)) this.#count(name, -1);
    for (const [name, record] of Object.entries(set)) {
      if (!this.#records.has(name)) this.#count(name, 1);
      this.#records.set(name, record);
    }
  }

  replace(records: Records): void {
    this.#records.clear();
    this.#below.clear();
    this.update(records, []);
  }

  #count(name: string, step: 1 | -1): void {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const parent = name.slice(dot + 1);
      const count = (this.#below.get(parent) ?? 0) + step;
      if (count > 0) this.#below.set(parent, count);
      else this.#below.delete(parent);
    }
  }
}
