import { MemoryTree } from "./files.ts";

/** Volumes that the runtime made, with what containers wrote there. */
export class VolumeStore {
  readonly #labels = new Map<string, Record<string, string>>();
  /** By volume, or volume and folder in it. */
  readonly #files = new Map<string, MemoryTree>();

  create(name: string, labels: Record<string, string>): void {
    this.#labels.set(name, labels);
  }

  remove(name: string): void {
    this.#labels.delete(name);
    for (const key of this.#files.keys()) if (key === name || key.startsWith(`${name}/`)) this.#files.delete(key);
  }

  list(): { name: string; labels: Record<string, string> }[] {
    return [...this.#labels].map(([name, labels]) => ({ name, labels }));
  }

  /** `name`, or `name/folder`. */
  files(name: string): MemoryTree {
    let tree = this.#files.get(name);
    if (!tree) {
      this.#files.set(name, (tree = new MemoryTree()));
      // Every user may write there, as in an emptyDir.
      tree.setMode("/", 0o777);
    }
    return tree;
  }
}
