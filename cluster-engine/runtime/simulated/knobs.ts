import type { ContainerConfig, PodSandboxConfig, RuntimeError } from "../types.ts";
import type { Life } from "./process.ts";

export type Operation = "runPodSandbox" | "createContainer" | "startContainer" | "stopContainer" | "execSync" | "portForward" | "version";

/** What the simulation is told to do, from tests and from whoever demonstrates failures. */
export interface Knobs {
  /** Fails the call when it returns an error. */
  fail: Partial<Record<Operation, (subject: string) => RuntimeError | undefined>>;
  /** How long starting a sandbox takes, ms. */
  sandboxStartMs: number;
  /** Chooses how a container lives; undefined leaves it to its command line. */
  life: (config: ContainerConfig) => Life | undefined;
  /** How a process takes SIGTERM: its exit code, or undefined to ignore it until SIGKILL. */
  onTerminate: (config: ContainerConfig) => number | undefined;
  /** Plays a command of exec; undefined leaves it to its command line. */
  exec: (container: ContainerConfig, command: string[]) => Life | undefined;
  /** What answers HTTP requests where no known program serves the port; undefined refuses the connection. */
  answer: (sandbox: PodSandboxConfig, port: number) => { status: number; text: string } | undefined;
}

/** Everything works, at once. */
export const defaultKnobs = (): Knobs => ({
  fail: {},
  sandboxStartMs: 0,
  life: () => undefined,
  onTerminate: () => 143,
  exec: () => undefined,
  answer: (sandbox, port) => ({ status: 200, text: `simulated pod ${sandbox.metadata.namespace}/${sandbox.metadata.name} on port ${port}` }),
});
