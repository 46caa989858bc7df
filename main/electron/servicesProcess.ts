import type { MessagePortMain } from "electron";
import type { EngineState, ToWindow } from "../../shared/contract.ts";
import type { ServicesPort } from "../services/port/types.ts";
import { startServices } from "../services/services.ts";
import type { EngineControl } from "../services/types.ts";
import type { FromServicesProcess, ServicesArguments, ToServicesProcess } from "./messages.ts";

// Entry of the services' utility process.

const args = JSON.parse(process.argv[2] ?? "{}") as ServicesArguments;

/** The engine that main supervises, seen from here. */
class RemoteEngine implements EngineControl {
  #state: EngineState = { phase: "stopped", steps: [], log: [], restarts: 0 };
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Map<number, (problem?: string) => void>();
  #next = 1;

  state(): EngineState {
    return this.#state;
  }

  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  start({ fromSnapshot }: { fromSnapshot: boolean }): Promise<void> {
    return this.#ask((id) => ({ type: "engine.start", id, fromSnapshot }));
  }

  stop({ pods }: { pods: boolean }): Promise<void> {
    return this.#ask((id) => ({ type: "engine.stop", id, pods }));
  }

  set(state: EngineState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  done(id: number, problem?: string): void {
    this.#waiting.get(id)?.(problem);
    this.#waiting.delete(id);
  }

  #ask(command: (id: number) => FromServicesProcess): Promise<void> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (problem) => (problem ? reject(new Error(problem)) : resolve()));
      process.parentPort.postMessage(command(id));
    });
  }
}

const windowPort = (port: MessagePortMain): ServicesPort => ({
  send: (message: ToWindow) => port.postMessage(message),
  onMessage: (listener) => {
    port.on("message", ({ data }) => listener(data));
    port.start();
  },
  onClose: (listener) => void port.on("close", listener),
});

const engine = new RemoteEngine();
const services = startServices({ ...args, engine });

process.parentPort.on("message", ({ data, ports }) => {
  const message = data as ToServicesProcess;
  if (message.type === "window" && ports[0]) services.connect(windowPort(ports[0]));
  else if (message.type === "engine") engine.set(message.state);
  else if (message.type === "done") engine.done(message.id, message.problem);
  else if (message.type === "stop") void services.close().then(() => process.exit(0));
});
