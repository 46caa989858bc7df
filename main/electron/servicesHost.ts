import { MessageChannelMain, type MessagePortMain, type WebContents } from "electron";
import { join } from "node:path";
import { ContractClient } from "./contractClient.ts";
import type { EngineHost } from "./engineHost.ts";
import type { FromServicesProcess, ServicesArguments, ToServicesProcess } from "./messages.ts";
import { Supervisor } from "./supervisor.ts";

/** The services process: hands every window its port, again after a restart, and carries engine commands. */
export class ServicesHost {
  readonly #supervisor: Supervisor;
  readonly #engine: EngineHost;
  /** Windows that asked for a port. */
  readonly #windows = new Set<WebContents>();
  #onClient: ((client: ContractClient) => void) | undefined;

  constructor(args: ServicesArguments, engine: EngineHost) {
    this.#engine = engine;
    this.#supervisor = new Supervisor({
      serviceName: "Wherry services",
      entry: join(import.meta.dirname, "servicesProcess.js"),
      args: [JSON.stringify(args)],
      onMessage: (message) => void this.#receive(message as FromServicesProcess),
      onStarted: () => {
        this.engineChanged();
        for (const window of this.#windows) this.#connect(window);
        this.#connectOwn();
      },
      onDied: (code, retryIn) =>
        console.error(`services ended (code ${code}), ${retryIn === undefined ? "too often: restart the app" : `again in ${retryIn} ms`}`),
      onOutput: (line) => console.error(`services: ${line}`),
    });
  }

  start(): void {
    this.#supervisor.start();
  }

  stop(): Promise<void> {
    return this.#supervisor.stop({ type: "stop" } satisfies ToServicesProcess, 5_000);
  }

  engineChanged(): void {
    this.#send({ type: "engine", state: this.#engine.state });
  }

  addWindow(window: WebContents): void {
    if (!this.#windows.has(window)) window.once("destroyed", () => this.#windows.delete(window));
    this.#windows.add(window);
    if (this.#supervisor.child) this.#connect(window);
  }

  /** Calls back with a client of the app's own, and with a new one after each restart. */
  onClient(use: (client: ContractClient) => void): void {
    this.#onClient = use;
    if (this.#supervisor.child) this.#connectOwn();
  }

  #connect(window: WebContents): void {
    window.postMessage("wherry:port", null, [this.#newPort()]);
  }

  #connectOwn(): void {
    if (this.#onClient) this.#onClient(new ContractClient(this.#newPort()));
  }

  #newPort(): MessagePortMain {
    const { port1, port2 } = new MessageChannelMain();
    this.#supervisor.child?.postMessage({ type: "window" } satisfies ToServicesProcess, [port1]);
    return port2;
  }

  async #receive(message: FromServicesProcess): Promise<void> {
    const { id } = message;
    try {
      if (message.type === "engine.start") this.#engine.start(message);
      else await this.#engine.stop(message.pods);
      this.#send({ type: "done", id });
    } catch (error) {
      this.#send({ type: "done", id, problem: (error as Error).message });
    }
  }

  #send(message: ToServicesProcess): void {
    this.#supervisor.child?.postMessage(message);
  }
}
