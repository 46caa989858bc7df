import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { backoffDelay } from "../base/backoff.ts";
import { sleep, type Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { ContainerRuntime } from "../runtime/types.ts";
import { agentVersion, configVariable, type AgentConfig, type AgentMethods, type AgentState, type StreamTarget } from "./agentProtocol.ts";
import { newAgentRecord, readAgentRecord, writeAgentRecord, type AgentRecord } from "./agentRecord.ts";
import { caller, type Caller } from "./tunnel/calls.ts";
import { Tunnel } from "./tunnel/tunnel.ts";

export interface AgentLinkOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  random: Random;
  log: Log;
  dataDir: string;
  image: string;
  gateway: string;
  podCIDR: string;
  serviceCIDR: string;
  clusterDomain: string;
  /** Makes sure that the agent can be started, e.g. that its image is there. */
  prepare(): Promise<void>;
  /** A pod asks for the API server. */
  onApiStream(accept: () => Duplex): void | Promise<void>;
  /** Brings the agent up to date; called for every new connection. */
  onConnect(agent: ConnectedAgent): Promise<void>;
  /** It could not be reached or brought up to date; will be tried again. */
  onProblem(message: string): void;
}

export interface ConnectedAgent {
  state: AgentState;
  methods: Caller<AgentMethods>;
}

interface Connection extends ConnectedAgent {
  tunnel: Tunnel<StreamTarget>;
  closed: Promise<void>;
}

const helperName = "network";
const capabilities = ["NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"];
const connectTimeoutMs = 2_000;
const startTimeoutMs = { host: 4_000, pod: 10_000 };
const retry = { base: 200, max: 5_000 };

/** Finds the agent that runs or starts one, and stays connected to it. */
export class AgentLink {
  readonly #options: AgentLinkOptions;
  readonly #stopped = new AbortController();
  #connection: Connection | undefined;

  constructor(options: AgentLinkOptions) {
    this.#options = options;
  }

  /** The agent, while it is connected and up to date. */
  get agent(): ConnectedAgent | undefined {
    return this.#connection;
  }

  /** Opens a stream at the agent. @throws Error when it is not connected, or with its refusal. */
  open(target: StreamTarget): Promise<Duplex> {
    return this.#connection ? this.#connection.tunnel.open(target) : Promise.reject(new Error("the network agent is not connected"));
  }

  /** Resolves after the first attempt, good or bad; goes on connecting until `stop`. */
  async start(): Promise<void> {
    const first = await this.#attempt();
    void this.#keep(first);
  }

  /** Ends the connection; the agent itself stays unless `remove`. */
  async stop(remove: boolean): Promise<void> {
    this.#stopped.abort();
    this.#connection?.tunnel.close();
    if (remove) await this.#options.runtime.helpers?.remove(helperName);
  }

  async #keep(connection: Connection | undefined): Promise<void> {
    const { clock, random } = this.#options;
    for (let failures = 0; !this.#stopped.signal.aborted;) {
      await connection?.closed;
      failures = connection ? 0 : failures + 1;
      const delay = backoffDelay(failures, { ...retry, random, jitter: 0.2 });
      await sleep(clock, delay, this.#stopped.signal).catch(() => {});
      connection = this.#stopped.signal.aborted ? undefined : await this.#attempt();
    }
  }

  async #attempt(): Promise<Connection | undefined> {
    let connection: Connection | undefined;
    try {
      connection = (await this.#adopt()) ?? (await this.#launch());
      await this.#options.onConnect(connection);
      if (connection.tunnel.closed) throw new Error("the network agent closed the connection");
      this.#connection = connection;
      return connection;
    } catch (error) {
      connection?.tunnel.close();
      if (!this.#stopped.signal.aborted) this.#options.onProblem((error as Error).message);
      return undefined;
    }
  }

  /** The agent of an earlier run, when it still runs and is of this version. */
  async #adopt(): Promise<Connection | undefined> {
    const record = readAgentRecord(this.#options.dataDir);
    if (!record?.address) return undefined;
    try {
      const connection = await this.#connect(record.address, record.token);
      if (connection.state.version === agentVersion) return connection;
      connection.tunnel.close();
    } catch (error) {
      this.#options.log.info("no network agent to adopt", { error: (error as Error).message });
    }
    return undefined;
  }

  /** Starts the agent in the host's network; where its port can't be reached from here, in the pod network. */
  async #launch(): Promise<Connection> {
    await this.#options.prepare();
    let failure: unknown;
    for (const network of await this.#places()) {
      try {
        return await this.#launchIn(await newAgentRecord(network));
      } catch (error) {
        this.#stopped.signal.throwIfAborted();
        failure ??= error;
        this.#options.log.warn("the network agent did not start", { network, error: (error as Error).message });
      }
    }
    throw failure;
  }

  async #places(): Promise<AgentRecord["network"][]> {
    const inMachine = (await this.#options.runtime.version()).osImage.includes("Docker Desktop");
    const known = readAgentRecord(this.#options.dataDir)?.network;
    return inMachine || known === "pod" ? ["pod"] : ["host", "pod"];
  }

  async #launchIn(record: AgentRecord): Promise<Connection> {
    const { runtime, dataDir, clock } = this.#options;
    const inHost = record.network === "host";
    const helper = await runtime.helpers!.run({
      name: helperName,
      image: this.#options.image,
      command: ["node", "/agent.mjs"],
      env: { [configVariable]: JSON.stringify(this.#configOf(record)) },
      hostNetwork: inHost,
      hostPID: true,
      capabilities,
      ports: inHost ? [] : [record.port],
      labels: {},
    });
    const address = helper.address(record.port);
    const deadline = clock.monotonic() + startTimeoutMs[record.network];
    for (;;) {
      try {
        const connection = await this.#connect(address, record.token);
        writeAgentRecord(dataDir, { ...record, address });
        return connection;
      } catch (error) {
        if (clock.monotonic() > deadline) throw error;
        await sleep(clock, 50, this.#stopped.signal);
      }
    }
  }

  #configOf({ token, network, port }: AgentRecord): AgentConfig {
    const { gateway, podCIDR, serviceCIDR, clusterDomain } = this.#options;
    const place = network === "host" ? { host: "127.0.0.1" as const, gateway } : { host: "0.0.0.0" as const };
    return { version: agentVersion, token, port, ...place, podCIDR, serviceCIDR, clusterDomain };
  }

  /** @throws Error when nobody answers there in time, or not as the agent. */
  async #connect(address: { host: string; port: number }, token: string): Promise<Connection> {
    const socket = connect({ ...address, noDelay: true });
    const timer = this.#options.clock.after(connectTimeoutMs, () => socket.destroy(new Error("the network agent does not answer")));
    let onClosed = () => {};
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const tunnel: Tunnel<StreamTarget> = new Tunnel({
      connection: socket,
      side: "client",
      onOpen: (target, accept) => {
        if (target.kind !== "api") throw new Error(`no stream of kind ${target.kind}`);
        return this.#options.onApiStream(accept);
      },
      onClose: () => {
        if (this.#connection?.tunnel === tunnel) this.#connection = undefined;
        onClosed();
      },
    });
    try {
      const methods = caller<AgentMethods>(await tunnel.open({ kind: "control", token }));
      return { tunnel, closed, methods, state: await methods.call("state", null) };
    } catch (error) {
      tunnel.close();
      throw error;
    } finally {
      timer[Symbol.dispose]();
    }
  }
}
