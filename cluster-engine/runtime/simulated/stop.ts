/** The end of a container's processes. Its signal is made when a process asks for it: most of a large simulation never do. */
export class Stop {
  #reason: Error | undefined;
  #controller: AbortController | undefined;
  #waiting: ((reason: Error) => void) | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason = new Error("the container has ended")): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#waiting?.(reason);
  }

  /** Rejects with the reason when it comes. To be asked for once. */
  awaited(): Promise<never> {
    return new Promise((_resolve, reject) => {
      if (this.#reason) reject(this.#reason);
      else this.#waiting = reject;
    });
  }
}
