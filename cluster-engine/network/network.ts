import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { Disposables } from "../base/disposal.ts";
import { backoffDelay } from "../base/backoff.ts";
import { sleep } from "../base/clock.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Client } from "../client/types.ts";
import type { AgentPod } from "./agentProtocol.ts";
import { AgentLink, type ConnectedAgent } from "./agentLink.ts";
import { publishClusterDNS } from "./clusterDNS.ts";
import { DesiredState } from "./desiredState.ts";
import { ServiceListeners } from "./listeners/listeners.ts";
import { networkObjects } from "./objects.ts";
import { Publisher } from "./publisher.ts";
import { runningPods, toPod, watchSandboxes } from "./sandboxes.ts";
import { ensureSystemImage, systemImageName } from "./systemImage.ts";
import { splice } from "./tunnel/stream.ts";
import type { Network, NetworkOptions, PodSandbox } from "./types.ts";

export type { Network, NetworkOptions, PodSandbox, SystemImage } from "./types.ts";

const defaults = { dnsIP: "10.96.0.10", clusterDomain: "cluster.local", serviceCIDR: "10.96.0.0/16" };
const dnsRetry = { base: 200, max: 10_000 };

/**
 * Gives Services their traffic: rules and DNS in the pods, ports on 127.0.0.1. Resolves when that works or it is known why
 * it does not (`problem`); goes on trying then.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  if (!options.runtime.helpers) return simulatedNetwork(options);
  const network = new AgentNetwork(options, await options.runtime.podNetwork());
  await network.start();
  return network;
}

function simulatedNetwork({ log }: NetworkOptions): Network {
  const problem = "pods are simulated: Services have no traffic";
  log.warn(problem);
  return {
    problem,
    dialPod: () => Promise.reject(new Error(problem)),
    podNetworkReady: async () => {},
    close: async () => {},
  };
}

class AgentNetwork implements Network {
  readonly #options: NetworkOptions & typeof defaults;
  readonly #disposables = new Disposables();
  readonly #stopped = new AbortController();
  readonly #client: Client;
  readonly #publisher: Publisher;
  readonly #link: AgentLink;
  #connecting: ConnectedAgent | undefined;
  #problem: string | undefined = "the network agent is not connected yet";

  constructor(options: NetworkOptions, { cidr: podCIDR, gateway }: { cidr: string; gateway: string }) {
    this.#options = { ...defaults, ...options };
    const { runtime, transport, clock, random, log, dataDir, serviceCIDR, clusterDomain } = this.#options;
    const image = options.systemImage ?? { name: systemImageName };
    this.#client = createClient(transport);
    const objects = networkObjects(this.#disposables.add(createInformers({ client: this.#client, clock, random, log })));
    const desired = new DesiredState(objects, clusterDomain);
    this.#publisher = this.#disposables.add(new Publisher({ objects, desired, clock, log, agent: () => this.#link.agent }));
    this.#link = new AgentLink({
      runtime,
      clock,
      random,
      log,
      dataDir,
      image: image.name,
      gateway,
      podCIDR,
      serviceCIDR,
      clusterDomain,
      prepare: () => ensureSystemImage(runtime, image, log),
      onApiStream: (accept) => this.#dialApi(accept),
      onConnect: (agent) => this.#onConnect(agent),
      onProblem: (message) => this.#onProblem(message),
    });
    const recorder = createEventRecorder({ client: this.#client, clock, log, component: "kube-proxy" });
    this.#disposables.add(new ServiceListeners({ objects, clock, random, log, recorder, open: (target) => this.#link.open(target) }));
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  async start(): Promise<void> {
    const { runtime, log } = this.#options;
    const listener = {
      started: (pod: AgentPod) => void this.#addPods([pod]),
      gone: (id: string) => void this.#link.agent?.methods.call("removePod", { id }).catch(() => {}),
      restored: () => void this.#republish(),
    };
    watchSandboxes(runtime, listener, log, this.#stopped.signal).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) log.error("sandboxes are no longer watched", { error: (error as Error).message });
    });
    await this.#link.start();
  }

  dialPod(host: string, port: number): Promise<Duplex> {
    return this.#link.open({ kind: "tcp", host, port });
  }

  async podNetworkReady({ id }: PodSandbox): Promise<void> {
    const agent = this.#link.agent;
    if (!agent) throw new Error(this.#problem);
    const pod = toPod(await this.#options.runtime.podSandboxStatus(id));
    if (pod) await this.#publisher.publishPod(agent, pod);
  }

  async close({ keepRunning = true }: { keepRunning?: boolean } = {}): Promise<void> {
    this.#stopped.abort();
    this.#disposables[Symbol.dispose]();
    await this.#link.stop(!keepRunning);
  }

  async #onConnect(agent: ConnectedAgent): Promise<void> {
    const { onApiAddress, runtime } = this.#options;
    const { address, apiPort, problem } = agent.state;
    onApiAddress(address, apiPort);
    await this.#publisher.publishAll(agent, await runningPods(runtime));
    this.#problem = problem;
    if (problem) this.#options.log.error(problem);
    this.#connecting = agent;
    void this.#publishDNS(agent);
    this.#options.clock.after(0, () => void this.#addMissedPods());
  }

  async #addPods(pods: AgentPod[]): Promise<void> {
    const agent = this.#link.agent;
    const failed = (pod: AgentPod) => (error: unknown) =>
      this.#options.log.warn("no Service traffic in a pod", { sandbox: pod.id, error: (error as Error).message });
    if (agent) await Promise.all(pods.map((pod) => this.#publisher.publishPod(agent, pod).catch(failed(pod))));
  }

  /** Pods that started while a new connection got everything else. */
  async #addMissedPods(): Promise<void> {
    const pods = await runningPods(this.#options.runtime).catch(() => []);
    await this.#addPods(pods);
  }

  #onProblem(message: string): void {
    this.#problem = message;
    this.#options.log.error("the network agent is not connected", { error: message });
  }

  async #republish(): Promise<void> {
    const agent = this.#link.agent;
    if (agent) await this.#publisher.publishAll(agent, await runningPods(this.#options.runtime)).catch(() => {});
  }

  /** Until it is done, or another agent has come. */
  async #publishDNS(agent: ConnectedAgent): Promise<void> {
    const { clock, dnsIP, log } = this.#options;
    const { address, dnsPort } = agent.state;
    for (let attempt = 0; this.#connecting === agent && !this.#stopped.signal.aborted; attempt++) {
      try {
        return await publishClusterDNS(this.#client, { clusterIP: dnsIP, address, port: dnsPort });
      } catch (error) {
        log.debug("kube-dns not published", { error: (error as Error).message });
        await sleep(clock, backoffDelay(attempt, dnsRetry), this.#stopped.signal).catch(() => {});
      }
    }
  }

  #dialApi(accept: () => Duplex): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port: this.#options.apiServerPort, allowHalfOpen: true, noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        splice(accept(), socket);
        resolve();
      });
    });
  }
}
