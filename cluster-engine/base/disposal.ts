/** Collects what must be undone; disposes in reverse order, each once, and goes on when one fails. */
export class Disposables implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  /** Takes ownership of `item`; disposes it at once when this set is already disposed. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item[Symbol.dispose]();
    else this.#items.push(item);
    return item;
  }

  defer(undo: () => void): void {
    this.add({ [Symbol.dispose]: undo });
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    let failure: unknown;
    for (let item = this.#items.pop(); item; item = this.#items.pop()) {
      try {
        item[Symbol.dispose]();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure as Error;
  }
}
