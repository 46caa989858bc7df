import type { ClusterSummary } from "../../../shared/contract.ts";
import { ServiceError } from "../errors.ts";
import type { Clock } from "../time.ts";
import { Cluster } from "./cluster.ts";
import { Kubeconfigs, type ContextEntry } from "./kubeconfigs.ts";
import { SettingsFile, type ClusterSettings } from "./settings.ts";

/** All clusters that the user can choose from: the local one and every kubeconfig context. */
export class Clusters {
  readonly #clock: Clock;
  readonly #local: string;
  readonly #kubeconfigs: Kubeconfigs;
  readonly #settings: SettingsFile;
  readonly #byId = new Map<string, Cluster>();
  readonly #listeners = new Set<() => void>();

  constructor(options: { kubeconfigPaths: string[]; localKubeconfig: string; dataDir: string; clock: Clock }) {
    this.#clock = options.clock;
    this.#local = options.localKubeconfig;
    this.#settings = new SettingsFile(options.dataDir);
    this.#kubeconfigs = new Kubeconfigs({
      paths: options.kubeconfigPaths,
      local: options.localKubeconfig,
      clock: options.clock,
      changed: () => this.#sync(),
    });
  }

  async start(): Promise<void> {
    await this.#settings.load();
    this.#sync();
    await this.#kubeconfigs.start();
  }

  get summaries(): ClusterSummary[] {
    return this.all.map((cluster) => cluster.summary);
  }

  /** In the order of the kubeconfig files; the local one first, which is there even before its kubeconfig is written. */
  get all(): Cluster[] {
    return this.#entries().flatMap(({ id }) => this.#byId.get(id) ?? []);
  }

  /** Connects to the cluster if that has not been done. Throws a ServiceError when there is no such cluster. */
  get(id: string): Cluster {
    const cluster = this.#byId.get(id);
    if (!cluster) throw new ServiceError("no-cluster", `there is no cluster ${id}: its context is no longer in the kubeconfig`);
    cluster.connect();
    return cluster;
  }

  /** Reads the kubeconfig files again now: when the engine has just said that it is ready. */
  async reload(): Promise<void> {
    await this.#kubeconfigs.reload();
  }

  async set(id: string, change: Partial<ClusterSettings>): Promise<void> {
    const cluster = this.get(id);
    await this.#settings.set(id, change);
    cluster.settings = this.#settings.of(id);
    this.#changed();
  }

  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  close(): void {
    this.#kubeconfigs.close();
    for (const cluster of this.#byId.values()) cluster.close();
    this.#byId.clear();
  }

  #entries(): ContextEntry[] {
    const contexts = this.#kubeconfigs.contexts;
    return contexts[0]?.id === "local" ? contexts : [{ id: "local", context: "wherry", file: this.#local, server: "" }, ...contexts];
  }

  /** A context whose file changed keeps its Cluster, with the new credentials. */
  #sync(): void {
    const entries = this.#entries();
    for (const [id, cluster] of this.#byId) {
      if (entries.some((entry) => entry.id === id)) continue;
      cluster.close();
      this.#byId.delete(id);
    }
    for (const entry of entries) this.#take(entry);
    this.#changed();
  }

  #take(entry: ContextEntry): void {
    const text = entry.server ? (this.#kubeconfigs.text(entry.file) ?? "") : "";
    const known = this.#byId.get(entry.id);
    if (known) return known.replace(entry, text);
    this.#byId.set(entry.id, new Cluster({ entry, text, settings: this.#settings.of(entry.id), clock: this.#clock, changed: () => this.#changed() }));
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
