import type { KubeList, KubeObject } from "../../shared/kubernetes/object.ts";
import type { Status } from "../../shared/kubernetes/types.ts";
import { resourcePath, type ResourceType } from "../api/resourceType.ts";
import { StatusError } from "../api/statusError.ts";
import { backoffDelay } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Transport, WatchSink } from "./types.ts";

export interface ReflectorSink {
  /** The complete state at a revision. */
  replace(items: KubeObject[], resourceVersion: string): void;
  /** One change. `deleted` carries the last state. */
  apply(object: KubeObject, deleted: boolean): void;
  /** Nothing new up to this revision. */
  bookmark(resourceVersion: string): void;
}

export interface ReflectorOptions {
  transport: Transport;
  type: ResourceType;
  sink: ReflectorSink;
  clock: Clock;
  random: Random;
  log: Log;
}

/** The server ends a watch after 5 to 10 minutes, as client-go asks it to. */
const minWatchSeconds = 300;
/** A watch that ends sooner without a word is not repeated at once. */
const hotLoopMs = 1000;
const backoff = { base: 800, max: 30_000, jitter: 1 };

/**
 * Keeps `sink` equal to a resource: lists, then watches, resumes a watch that ended where it stopped, and lists anew
 * when the server has forgotten that revision. Retries for ever with backoff (0.8 s to 30 s).
 */
export function runReflector(options: ReflectorOptions): Disposable {
  const reflector = new Reflector(options);
  void reflector.list();
  return reflector;
}

class Reflector implements Disposable {
  readonly #options: ReflectorOptions;
  readonly #abort = new AbortController();
  #resourceVersion = "";
  #failures = 0;
  #expirations = 0;
  #pending: Disposable | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#pending?.[Symbol.dispose]();
  }

  async list(): Promise<void> {
    const { transport, type, sink } = this.#options;
    try {
      const list = (await transport.send({ method: "GET", path: resourcePath(type), signal: this.#abort.signal })) as KubeList<KubeObject>;
      if (this.#stopped) return;
      this.#resourceVersion = list.metadata.resourceVersion ?? "";
      sink.replace(list.items, this.#resourceVersion);
      this.#watch();
    } catch (error) {
      this.#retry(error, () => void this.list());
    }
  }

  get #stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  #watch(): void {
    const { transport, type, clock, random } = this.#options;
    const started = clock.monotonic();
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.#resourceVersion,
      timeoutSeconds: Math.floor(minWatchSeconds * (1 + random.next())),
    };
    // A refusal may be reported before transport.watch returns: `ended` keeps its handle from replacing the next one.
    let ended = false;
    const finish = (error?: unknown) => {
      if (ended || this.#stopped) return;
      ended = true;
      watch?.[Symbol.dispose]();
      this.#ended(error, clock.monotonic() - started);
    };
    let watch: Disposable | undefined;
    watch = transport.watch({ method: "GET", path: resourcePath(type), query }, this.#sinkFor(finish));
    if (ended) watch[Symbol.dispose]();
    else this.#pending = watch;
  }

  #sinkFor(finish: (error?: unknown) => void): WatchSink {
    const { sink } = this.#options;
    return {
      onEvent: ({ type, object }) => {
        if (this.#stopped) return;
        if (type === "ERROR") return finish(statusError(object as Status));
        const kubeObject = object as KubeObject;
        this.#resourceVersion = kubeObject.metadata.resourceVersion;
        this.#failures = this.#expirations = 0;
        if (type === "BOOKMARK") sink.bookmark(this.#resourceVersion);
        else sink.apply(kubeObject, type === "DELETED");
      },
      onEnd: finish,
    };
  }

  #ended(error: unknown, lastedMs: number): void {
    if (isExpired(error)) return this.#relist();
    if (error || lastedMs < hotLoopMs) return this.#retry(error, () => this.#watch());
    this.#watch();
  }

  /** At once the first time; a server that keeps on forgetting is asked less and less. */
  #relist(): void {
    const { clock, random } = this.#options;
    const delay = this.#expirations === 0 ? 0 : backoffDelay(this.#expirations, { ...backoff, random });
    this.#expirations++;
    this.#pending = clock.after(delay, () => void this.list());
  }

  #retry(error: unknown, next: () => void): void {
    if (this.#stopped) return;
    const { clock, random, log, type } = this.#options;
    const delay = backoffDelay(this.#failures, { ...backoff, random });
    this.#failures++;
    log[error ? "warn" : "debug"]("watch failed", {
      resource: type.resource,
      error: error instanceof Error ? String(error) : "ended early",
      retryMs: Math.round(delay),
    });
    this.#pending = clock.after(delay, next);
  }
}

const isExpired = (error: unknown): boolean =>
  error instanceof StatusError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");

const statusError = (status: Status): StatusError =>
  new StatusError(status.code ?? 500, status.reason ?? "", status.message ?? "watch error", status.details);
