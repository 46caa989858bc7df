import https from "node:https";
import type http from "node:http";
import { dirname } from "node:path";
import { ConnectionError } from "../errors.ts";
import { clientNode, type KubeConfig } from "./clientNode.ts";
import { pluginProblem } from "./connectionProblem.ts";
import type { ContextEntry } from "./kubeconfigs.ts";

interface Granted {
  /** TLS options and headers. */
  options: https.RequestOptions;
  agent: http.Agent;
}

/** What one kubeconfig context says about reaching its cluster; login commands run when first needed. */
export class Credentials {
  readonly #entry: ContextEntry;
  readonly #text: string;
  #config: Promise<KubeConfig> | undefined;
  #agent: { key: string; agent: https.Agent } | undefined;

  constructor(entry: ContextEntry, text: string) {
    this.#entry = entry;
    this.#text = text;
  }

  get server(): string {
    return this.#entry.server;
  }

  /** Compression pays on a network, not on loopback. */
  get compress(): boolean {
    return this.#entry.id !== "local";
  }

  async get(): Promise<Granted> {
    if (!this.server)
      throw new ConnectionError(
        "refused",
        this.compress
          ? `the context ${this.#entry.context} names no server: correct the kubeconfig`
          : "the local cluster is not up yet: start its engine",
      );
    this.#config ??= this.#load();
    const config = await this.#config;
    const options: https.RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw config.getCurrentUser()?.exec ? pluginProblem(error, this.server) : error;
    }
    const offered = options.agent as http.Agent;
    delete options.agent;
    return { options, agent: config.getCurrentCluster()?.proxyUrl || !this.server.startsWith("https") ? offered : this.#keepAlive(options) };
  }

  /** Forgets tokens: the next request logs in again. */
  refresh(): void {
    this.#config = undefined;
  }

  close(): void {
    this.#agent?.agent.destroy();
  }

  async #load(): Promise<KubeConfig> {
    const { KubeConfig } = await clientNode();
    const config = new KubeConfig();
    config.loadFromString(this.#text);
    config.makePathsAbsolute(dirname(this.#entry.file));
    config.setCurrentContext(this.#entry.context);
    return config;
  }

  /** One agent for as long as the TLS credentials stay the same: client-node's own closes each connection after use. */
  #keepAlive(options: https.RequestOptions): https.Agent {
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const agentKey = JSON.stringify(
      [ca, cert, key, servername, rejectUnauthorized].map((value) => (Buffer.isBuffer(value) ? value.toString("base64") : value)),
    );
    if (this.#agent?.key === agentKey) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const agent = new https.Agent({ keepAlive: true, keepAliveMsecs: 30_000, ca, cert, key, servername, rejectUnauthorized });
    this.#agent = { key: agentKey, agent };
    return agent;
  }
}
