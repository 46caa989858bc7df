import type { ContainerRuntime, ImageStatus } from "../../runtime/types.ts";

/** How users know an image: a digest in its repository when it came from one, else its id. Asked once per image. */
export class ImageNames {
  readonly #runtime: ContainerRuntime;
  readonly #refs = new Map<string, string>();

  constructor(runtime: ContainerRuntime) {
    this.#runtime = runtime;
  }

  note(image: ImageStatus): void {
    this.#refs.set(image.id, image.repoDigests[0] ?? image.id);
  }

  async refs(ids: string[]): Promise<Map<string, string>> {
    await Promise.all(ids.filter((id) => id && !this.#refs.has(id)).map((id) => this.#ask(id)));
    return this.#refs;
  }

  async #ask(id: string): Promise<void> {
    const status = await this.#runtime.imageStatus(id).catch(() => undefined);
    if (status) this.note(status);
  }
}
