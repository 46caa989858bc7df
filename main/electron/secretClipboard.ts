/** How long a secret stays on the clipboard, ms. */
const stay = 60_000;

/** The part of Electron's clipboard that is needed. */
export interface TextClipboard {
  readText(): string | Promise<string>;
  writeText(text: string): unknown;
}

/** Copies secrets for a minute. What was copied since by anyone is left alone. */
export class SecretClipboard {
  readonly #clipboard: TextClipboard;
  #timer: NodeJS.Timeout | undefined;

  constructor(clipboard: TextClipboard) {
    this.#clipboard = clipboard;
  }

  copy(secret: string): void {
    clearTimeout(this.#timer);
    this.#clipboard.writeText(secret);
    this.#timer = setTimeout(() => void this.#clear(secret), stay);
    this.#timer.unref();
  }

  async #clear(secret: string): Promise<void> {
    if ((await this.#clipboard.readText()) === secret) this.#clipboard.writeText("");
  }
}
