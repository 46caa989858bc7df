import type { ApiResource, ClusterPhase, ClusterSummary } from "../../../shared/contract.ts";
import { ConnectionError, messageOf, ServiceError } from "../errors.ts";
import { every, retryDelay, type Clock } from "../time.ts";
import { UsageSource } from "../metrics/usage.ts";
import { CachePool } from "../watch/cachePool.ts";
import { Connection } from "./connection.ts";
import { Credentials } from "./credentials.ts";
import { discover } from "./discovery.ts";
import type { ContextEntry } from "./kubeconfigs.ts";
import type { ClusterSettings } from "./settings.ts";

const pingEveryMs = 10_000;
const rediscoverEveryMs = 30_000;

type Problem = NonNullable<ClusterSummary["problem"]>;

interface ClusterOptions {
  entry: ContextEntry;
  text: string;
  settings: ClusterSettings;
  clock: Clock;
  changed(): void;
}

/** One cluster: its connection, what it serves, its watch caches, and how it is doing. Connects when first used. */
export class Cluster {
  readonly connection: Connection;
  readonly caches: CachePool;
  readonly usage: UsageSource;
  settings: ClusterSettings;
  #entry: ContextEntry;
  #text: string;
  #credentials: Credentials;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #timers: Disposable[] = [];
  readonly #resourceListeners = new Set<() => void>();
  #phase: ClusterPhase = "idle";
  #problem: Problem | undefined;
  #version: string | undefined;
  #latencyMs: number | undefined;
  #resources: ApiResource[] | undefined;
  #discovering: Promise<ApiResource[]> | undefined;
  #retry: Disposable | undefined;
  #attempt = 0;
  #verifying = false;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#entry = options.entry;
    this.#text = options.text;
    this.settings = options.settings;
    this.#clock = options.clock;
    this.#changed = options.changed;
    this.#credentials = new Credentials(options.entry, options.text);
    this.connection = new Connection(
      () => this.#credentials,
      { answered: (latencyMs) => this.#answered(latencyMs), failed: (error) => this.#failed(error) },
      () => this.#clock.now(),
    );
    this.caches = new CachePool(this.connection, this.#clock);
    this.usage = new UsageSource(this.connection, this.#clock);
  }

  get id(): string {
    return this.#entry.id;
  }

  /** The namespace that the context names. */
  get namespace(): string {
    return this.#entry.namespace ?? "default";
  }

  /** Takes over a changed kubeconfig entry: open views stay, and list anew. */
  replace(entry: ContextEntry, text: string): void {
    if (text === this.#text) return;
    this.#credentials.close();
    this.#entry = entry;
    this.#text = text;
    this.#credentials = new Credentials(entry, text);
    this.#version = undefined;
    this.#attempt = 0;
    if (this.#phase === "idle") return;
    this.#resources = undefined;
    this.caches.restart();
    void this.#ping();
  }

  get local(): boolean {
    return this.#entry.id === "local";
  }

  get summary(): ClusterSummary {
    return {
      id: this.id,
      name: this.local ? "Wherry" : this.#entry.context,
      kind: this.local ? "local" : "context",
      source: this.#entry.file,
      server: this.#entry.server,
      phase: this.#phase,
      ...(this.#problem ? { problem: this.#problem } : {}),
      ...(this.#version ? { version: this.#version } : {}),
      ...(this.#latencyMs === undefined ? {} : { latencyMs: this.#latencyMs }),
      protected: this.settings.protected,
      readOnly: this.settings.readOnly,
    };
  }

  /** Starts to ask the cluster, and keeps asking. */
  connect(): void {
    if (this.#phase !== "idle" && this.#phase !== "unauthorized") return;
    if (this.#phase === "unauthorized") this.#credentials.refresh();
    this.#phase = "connecting";
    this.#changed();
    if (this.#timers.length === 0) {
      this.#timers.push(every(this.#clock, pingEveryMs, () => void this.#ping()));
      this.#timers.push(every(this.#clock, rediscoverEveryMs, () => void this.#rediscover()));
    }
    void this.#ping();
  }

  /** Everything the cluster serves; asks at most once at a time. */
  async resources(): Promise<ApiResource[]> {
    if (this.#resources) return this.#resources;
    this.#discovering ??= discover(this.connection).finally(() => (this.#discovering = undefined));
    this.#setResources(await this.#discovering);
    return this.#resources!;
  }

  get knownResources(): ApiResource[] | undefined {
    return this.#resources;
  }

  /** Calls back when what the cluster serves has changed. */
  onResources(listener: () => void): Disposable {
    this.#resourceListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#resourceListeners.delete(listener) };
  }

  /** Asks again what the cluster serves: after CRDs were applied. */
  async rediscover(): Promise<void> {
    this.#setResources(await discover(this.connection));
  }

  /** Throws when the user has set the cluster to read-only. */
  assertWritable(): void {
    if (this.settings.readOnly) throw new ServiceError("read-only", `${this.summary.name} is set to read-only: allow changes in its settings`);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#retry?.[Symbol.dispose]();
    this.caches.close();
    this.#credentials.close();
  }

  async #ping(): Promise<void> {
    if (this.#closed || (this.#phase === "down" && this.#retry === undefined)) return;
    try {
      const { gitVersion } = await this.connection.json<{ gitVersion: string }>({ path: "/version", timeoutMs: 5000 });
      if (this.#version !== gitVersion) {
        this.#version = gitVersion;
        this.#changed();
      }
      if (!this.#resources) void this.resources().catch(() => {});
    } catch (error) {
      if (!(error instanceof ConnectionError)) this.#failed(new ConnectionError("other", messageOf(error)));
    }
  }

  async #rediscover(): Promise<void> {
    if (this.#phase !== "ready" || this.#resourceListeners.size === 0) return;
    await this.rediscover().catch(() => {});
  }

  #setResources(resources: ApiResource[]): void {
    if (JSON.stringify(resources) === JSON.stringify(this.#resources)) return;
    this.#resources = resources;
    for (const listener of this.#resourceListeners) listener();
  }

  #answered(latencyMs: number): void {
    const rounded = Math.round(latencyMs);
    const recovered = this.#phase !== "ready";
    this.#attempt = 0;
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
    this.#phase = "ready";
    this.#problem = undefined;
    if (recovered) this.caches.retryNow();
    // The figure in the status bar follows the pings; single requests differ too much.
    if (recovered || Math.abs(rounded - (this.#latencyMs ?? 0)) > 20) {
      this.#latencyMs = rounded;
      this.#changed();
    }
  }

  /** One broken connection is not a dead cluster: a ready one is asked again before it is called down. */
  #failed(error: ConnectionError): void {
    if (this.#closed) return;
    if (this.#phase === "ready" && !this.#verifying && error.problem !== "unauthorized") {
      this.#verifying = true;
      void this.#ping().finally(() => (this.#verifying = false));
      return;
    }
    const since = this.#problem?.since ?? this.#clock.now();
    this.#phase = error.problem === "unauthorized" ? "unauthorized" : "down";
    this.#problem = { message: error.message, cause: error.problem, since };
    if (this.#phase === "down") this.#scheduleRetry(this.#problem);
    this.#changed();
  }

  #scheduleRetry(problem: Problem): void {
    if (this.#retry) {
      problem.retryAt = this.#problem?.retryAt;
      return;
    }
    const delay = retryDelay(this.#attempt++);
    problem.retryAt = this.#clock.now() + delay;
    this.#retry = this.#clock.after(delay, () => {
      this.#retry = undefined;
      void this.#retryPing();
    });
  }

  async #retryPing(): Promise<void> {
    if (this.#closed) return;
    await this.connection.json({ path: "/version", timeoutMs: 5000 }).catch(() => {});
  }
}
