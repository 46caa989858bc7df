import { utilityProcess, type UtilityProcess } from "electron";

export interface SupervisorOptions {
  /** Shown by the system. */
  serviceName: string;
  entry: string;
  args: string[];
  onMessage(message: unknown): void;
  /** A new process runs; messages to it are queued until it listens. */
  onStarted(child: UtilityProcess): void;
  /** It died and comes again in `retryIn` ms; undefined: it died too often. */
  onDied(code: number, retryIn: number | undefined): void;
  onOutput(line: string): void;
}

const firstDelay = 500;
const longestDelay = 15_000;
/** A process that lives this long was healthy: its back-off starts anew. */
const healthyAfter = 60_000;
const crashLoop = 6;

/** Keeps one utility process alive: restarts it with back-off, gives up after six deaths in a row. Only after `app.whenReady`. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #child: UtilityProcess | undefined;
  #deaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #wanted = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get child(): UtilityProcess | undefined {
    return this.#child;
  }

  start(): void {
    this.#wanted = true;
    this.#deaths = 0;
    if (!this.#child && !this.#timer) this.#fork();
  }

  /** Asks the process to end by `farewell`; resolves when it is gone, at the latest after `patience` ms. */
  async stop(farewell: unknown, patience = 20_000): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.postMessage(farewell);
    const impatience = setTimeout(() => child.kill(), patience);
    await gone;
    clearTimeout(impatience);
  }

  #fork(): void {
    const { serviceName, entry, args, onMessage, onStarted, onOutput } = this.#options;
    const born = Date.now();
    const child = utilityProcess.fork(entry, args, { serviceName, stdio: "pipe" });
    this.#child = child;
    child.on("message", onMessage);
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => chunk.toString().split("\n").filter(Boolean).forEach(onOutput));
    child.once("exit", (code) => this.#died(code, born));
    onStarted(child);
  }

  #died(code: number, born: number): void {
    this.#child = undefined;
    if (!this.#wanted) return;
    this.#deaths = Date.now() - born > healthyAfter ? 1 : this.#deaths + 1;
    if (this.#deaths >= crashLoop) return this.#options.onDied(code, undefined);
    const delay = Math.min(longestDelay, firstDelay * 2 ** (this.#deaths - 1));
    this.#options.onDied(code, delay);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#fork();
    }, delay);
  }
}
