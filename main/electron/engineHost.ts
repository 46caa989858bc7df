import { join } from "node:path";
import { runningEngine } from "../../cluster-engine/dataDir.ts";
import type { EngineState } from "../../shared/contract.ts";
import type { EngineArguments, FromEngine } from "./messages.ts";
import { Supervisor } from "./supervisor.ts";

const keptLines = 200;
const keptSteps = 30;

/** The local cluster as the app sees it: a supervised process of ours, or one that runs on the data dir already. */
export class EngineHost {
  readonly #arguments: EngineArguments;
  readonly #supervisor: Supervisor;
  readonly #onState: (state: EngineState) => void;
  #state: EngineState = { phase: "stopped", steps: [], log: [], restarts: 0 };

  constructor(args: EngineArguments, onState: (state: EngineState) => void) {
    this.#arguments = args;
    this.#onState = onState;
    this.#supervisor = new Supervisor({
      serviceName: "Wherry engine",
      entry: join(import.meta.dirname, "engineProcess.js"),
      args: [JSON.stringify(args)],
      onMessage: (message) => this.#receive(message as FromEngine),
      onStarted: () => this.#set({ phase: "starting", steps: [], message: undefined }),
      onDied: (code, retryIn) => this.#died(code, retryIn),
      onOutput: (line) => this.#set({ log: [...this.#state.log, line].slice(-keptLines) }),
    });
  }

  get state(): EngineState {
    return this.#state;
  }

  start(): void {
    const other = runningEngine(this.#arguments.dataDir);
    if (other && other.pid !== this.#supervisor.child?.pid) {
      return this.#set({ phase: "ready", message: `run by process ${other.pid}` });
    }
    this.#supervisor.start();
  }

  async stop(pods: boolean): Promise<void> {
    await this.#supervisor.stop({ type: "stop", pods });
    this.#set({ phase: "stopped", steps: [], message: undefined });
  }

  #died(code: number, retryIn: number | undefined): void {
    const message = retryIn === undefined ? `the engine ended again and again (last with code ${code})` : `the engine ended (code ${code}); it starts again in ${retryIn} ms. Pods run on.`;
    this.#set({ phase: retryIn === undefined ? "crash-loop" : "starting", restarts: this.#state.restarts + 1, message });
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "step":
        return this.#set({ steps: [...this.#state.steps, message.step].slice(-keptSteps) });
      case "ready":
        return this.#set({ phase: "ready" });
      case "runtime":
        return this.#set({ runtime: message.report });
      case "runtime-failed":
        return this.#set({ message: `no pods can run: ${message.message}` });
      case "failed":
        return this.#set({ phase: "failed", message: message.message });
    }
  }

  #set(change: Partial<EngineState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}
