import { timingSafeEqual } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { Duplex } from "node:stream";
import { sleep, type Clock } from "../../base/clock.ts";
import { agentVersion, type AgentConfig, type AgentMethods, type AgentState, type StreamTarget } from "../agentProtocol.ts";
import { contains, parseCIDR } from "../cidr.ts";
import type { ClusterNames } from "../dns/answer.ts";
import { Zone } from "../dns/zone.ts";
import { serveCalls } from "../tunnel/calls.ts";
import { splice } from "../tunnel/stream.ts";
import { Tunnel } from "../tunnel/tunnel.ts";
import { dialTcp, dialUdp } from "./dial.ts";
import { listen, startDnsServer } from "./dnsServer.ts";
import { LinuxPodNamespace, nftProblem } from "./namespace.ts";
import { PodRules } from "./podRules.ts";

/**
 * The part of the network that lives beside the pods: programs their rules, answers DNS, and carries connections between
 * them and our process. It goes on without our process, which finds it again by its port and token.
 */
export class Agent {
  readonly #config: AgentConfig;
  readonly #clock: Clock;
  readonly #names: ClusterNames;
  readonly #rules: PodRules;
  #state: Promise<AgentState> | undefined;
  /** To our process, when it is there. */
  #tunnel: Tunnel<StreamTarget> | undefined;

  constructor(config: AgentConfig, clock: Clock) {
    const { clusterDomain: domain, serviceCIDR, podCIDR } = config;
    this.#config = config;
    this.#clock = clock;
    this.#names = { zone: new Zone(), domain, cidrs: [serviceCIDR, podCIDR] };
    this.#rules = new PodRules(new LinuxPodNamespace(), serviceCIDR);
  }

  /** Resolves when everything listens. @throws Error when the port is taken. */
  async start(): Promise<void> {
    const { host, port } = this.#config;
    this.#state = this.#startServices();
    await Promise.all([
      listen(
        createServer({ noDelay: true }, (socket) => this.#serve(socket)),
        host,
        port,
      ),
      this.#state,
    ]);
  }

  async #startServices(): Promise<AgentState> {
    const { gateway, podCIDR, serviceCIDR } = this.#config;
    const [address, problem] = await Promise.all([gateway ?? addressIn(podCIDR, this.#clock), nftProblem(serviceCIDR)]);
    const dnsPort = await startDnsServer(address, this.#names, this.#clock);
    const apiPort = await listen(
      createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#relayToApi(socket)),
      address,
    );
    return { version: agentVersion, address, dnsPort, apiPort, ...(problem ? { problem } : {}) };
  }

  /** A pod asks for the API server: our process has it. */
  #relayToApi(socket: Socket): void {
    socket.on("error", () => {});
    if (!this.#tunnel) return void socket.resetAndDestroy();
    this.#tunnel.open({ kind: "api" }).then(
      (stream) => splice(socket, stream),
      () => socket.resetAndDestroy(),
    );
  }

  #serve(connection: Socket): void {
    let trusted = false;
    const tunnel: Tunnel<StreamTarget> = new Tunnel({
      connection,
      side: "server",
      onOpen: (target, accept) => {
        if (target.kind === "control") {
          trusted = this.#isToken(target.token);
          if (trusted) return this.#command(tunnel, accept());
        }
        if (trusted) return this.#open(target, accept);
        connection.destroy();
      },
      onClose: () => {
        if (this.#tunnel === tunnel) this.#tunnel = undefined;
      },
    });
  }

  #isToken(token: string): boolean {
    const [given, own] = [Buffer.from(token), Buffer.from(this.#config.token)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  /** The newest process commands; an older one's tunnel ends. */
  #command(tunnel: Tunnel<StreamTarget>, stream: Duplex): void {
    const before = this.#tunnel;
    this.#tunnel = tunnel;
    if (before !== tunnel) before?.close();
    serveCalls(stream, this.#methods);
  }

  async #open(target: StreamTarget, accept: () => Duplex): Promise<void> {
    if (target.kind === "tcp") await dialTcp(target.host, target.port, this.#clock, accept);
    else if (target.kind === "udp") dialUdp(target.host, target.port, this.#clock, accept);
    else throw new Error(`no stream of kind ${target.kind}`);
  }

  readonly #methods: AgentMethods = {
    state: () => this.#state!,
    replace: async ({ rules, records, pods }) => {
      this.#names.zone.replace(records);
      await this.#rules.replace(rules, pods);
    },
    changeRules: ({ node, set, remove }) => this.#rules.change(node, set, remove),
    changeRecords: ({ set, remove }) => this.#names.zone.update(set, remove),
    addPod: (pod) => this.#rules.add(pod),
    removePod: ({ id }) => this.#rules.remove(id),
  };
}

const addressAttempts = 50;

/** The address that the engine gave us in the pod network. */
async function addressIn(podCIDR: string, clock: Clock): Promise<string> {
  const cidr = parseCIDR(podCIDR);
  for (let attempt = 0; attempt < addressAttempts; attempt++) {
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const found = own.find(({ family, address }) => family === "IPv4" && contains(cidr, address));
    if (found) return found.address;
    await sleep(clock, 100);
  }
  throw new Error(`no network interface has an address in ${podCIDR}`);
}
