type Handler = () => Promise<unknown>;

/** How a process takes SIGTERM: by its end, or by what it handles it with once it has finished its current command. */
export class TermTrap {
  #handler: Handler | undefined;
  #pending = false;
  #onTerm: (() => void)[] = [];

  /** True when the signal was taken: the process goes on until its handler ends it. */
  signal(): boolean {
    if (!this.#handler) return false;
    this.#pending = true;
    for (const tell of this.#onTerm.splice(0)) tell();
    return true;
  }

  /** The process's side. */
  readonly wires = {
    trap: (handler: Handler | undefined): void => void (this.#handler = handler),
    heedTraps: async (): Promise<void> => {
      if (!this.#pending) return;
      this.#pending = false;
      await this.#handler?.();
    },
    trapped: (): Promise<void> => new Promise((resolve) => (this.#pending ? resolve() : this.#onTerm.push(resolve))),
  };
}
