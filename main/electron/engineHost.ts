import { join } from "node:path";
import { askForRecovery, runningEngine } from "../../cluster-engine/dataDir.ts";
import type { EngineState } from "../../shared/contract.ts";
import type { EngineArguments, FromEngine } from "./messages.ts";
import { Supervisor } from "./supervisor.ts";

const keptLines = 200;
const keptSteps = 30;
/** How often an engine that is not ours is looked after, ms. */
const lookEvery = 2_000;
/** How long an engine that is not ours may take to end, ms. */
const patience = 20_000;

/** The local cluster as the app sees it: a supervised process of ours, or one that runs on the data dir already. */
export class EngineHost {
  readonly #arguments: EngineArguments;
  readonly #supervisor: Supervisor;
  readonly #onState: (state: EngineState) => void;
  #watch: NodeJS.Timeout | undefined;
  /** Why the last start failed, as the engine said it. */
  #failure: string | undefined;
  #state: EngineState = { phase: "stopped", steps: [], log: [], restarts: 0 };

  constructor(args: EngineArguments, onState: (state: EngineState) => void) {
    this.#arguments = args;
    this.#onState = onState;
    this.#supervisor = new Supervisor({
      serviceName: "Wherry engine",
      entry: join(import.meta.dirname, "engineProcess.js"),
      args: [JSON.stringify(args)],
      onMessage: (message) => this.#receive(message as FromEngine),
      onStarted: () => this.#set({ phase: "starting", steps: [] }),
      onDied: (code, retryIn) => this.#died(code, retryIn),
      onOutput: (line) => this.#set({ log: [...this.#state.log, line].slice(-keptLines) }),
    });
  }

  get state(): EngineState {
    return this.#state;
  }

  /** `fromSnapshot`: what is stored is set aside, and the cluster goes on from its newest snapshot. */
  start({ fromSnapshot = false } = {}): void {
    if (fromSnapshot) askForRecovery(this.#arguments.dataDir);
    const other = runningEngine(this.#arguments.dataDir);
    if (other && other.pid !== this.#supervisor.child?.pid) return this.#reuse(other.pid);
    this.#supervisor.start();
  }

  /** Stops the engine, whoever started it. */
  async stop(pods: boolean): Promise<void> {
    const other = this.#supervisor.child ? undefined : runningEngine(this.#arguments.dataDir);
    clearInterval(this.#watch);
    if (other) await this.#stopOther(other.pid, pods);
    await this.#supervisor.stop({ type: "stop", pods });
    this.#set({ phase: "stopped", steps: [], message: undefined });
  }

  /** Ends our own engine; one that ran before the app runs on. */
  async quit(): Promise<void> {
    clearInterval(this.#watch);
    await this.#supervisor.stop({ type: "stop", pods: false });
  }

  /** Uses an engine that runs already, and starts our own when that one has ended. */
  #reuse(pid: number): void {
    this.#set({ phase: "ready", message: `run by process ${pid}` });
    clearInterval(this.#watch);
    this.#watch = setInterval(() => {
      if (runningEngine(this.#arguments.dataDir)) return;
      clearInterval(this.#watch);
      this.#supervisor.start();
    }, lookEvery);
  }

  async #stopOther(pid: number, pods: boolean): Promise<void> {
    process.kill(pid, "SIGTERM");
    for (const end = Date.now() + patience; runningEngine(this.#arguments.dataDir);) {
      if (Date.now() > end) throw new Error(`the engine (process ${pid}) did not end in ${patience / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!pods) return;
    const { removePods } = await import("../../cluster-engine/removePods.ts");
    await removePods(this.#arguments.dataDir);
  }

  #died(code: number, retryIn: number | undefined): void {
    const cause = this.#failure ?? `the engine ended (code ${code})`;
    this.#failure = undefined;
    const message =
      retryIn === undefined
        ? `${cause}; it was started ${this.#state.restarts + 1} times`
        : `${cause}; it starts again in ${retryIn} ms. Pods run on.`;
    this.#set({ phase: retryIn === undefined ? "crash-loop" : "starting", restarts: this.#state.restarts + 1, message });
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "step":
        return this.#set({ steps: [...this.#state.steps, message.step].slice(-keptSteps) });
      case "ready":
        return this.#set({ phase: "ready", message: undefined, recovery: message.recovery });
      case "runtime":
        return this.#set({
          runtime: message.report,
          ...(message.report.networkProblem && !message.report.simulated
            ? { message: `Services have no traffic: ${message.report.networkProblem}` }
            : {}),
        });
      case "runtime-failed":
        return this.#set({ message: `no pods can run: ${message.message}` });
      case "failed":
        this.#failure = message.message;
        return this.#set({ phase: "failed", message: message.message });
    }
  }

  #set(change: Partial<EngineState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}
