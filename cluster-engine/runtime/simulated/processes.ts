import { PassThrough, type Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import {
  RuntimeError,
  type ContainerConfig,
  type ContainerResources,
  type ContainerStatus,
  type PodSandboxConfig,
  type SandboxStatus,
} from "../types.ts";
import type { ContainerLog } from "./containerLog.ts";
import { commandLineOf } from "./imagePrograms.ts";
import type { Knobs } from "./knobs.ts";
import { lifeOf, type Life, type ProcessContext } from "./script.ts";

export interface Sandbox {
  status: SandboxStatus;
  config: PodSandboxConfig;
}

export interface SimulatedContainer {
  status: ContainerStatus;
  config: ContainerConfig;
  resources: ContainerResources;
  sandbox: Sandbox;
  log: ContainerLog;
  stop: AbortController;
  ended: Promise<void>;
}

/** The reason with which a life is cut short, and the code it then exits with. */
export class Killed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`killed with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** What a simulated process takes in and gives out. */
export interface ProcessStreams {
  signal: AbortSignal;
  stdin?: Readable;
  write: ProcessContext["write"];
}

/** Plays the main process of a container to its end; the exit code. */
export async function live(container: SimulatedContainer, knobs: Knobs, clock: Clock): Promise<number> {
  const { config, log, stop } = container;
  const life = knobs.life(config) ?? lifeOf(commandLineOf(config));
  try {
    // Nobody types into a simulated container: an open input stays silent, a closed one is at its end.
    const stdin = config.stdin ? {} : { stdin: PassThrough.from([]) };
    return await life(contextOf(container, clock, { ...stdin, signal: stop.signal, write: (stream, text) => log.write(clock.now(), stream, text) }));
  } catch (error) {
    return error instanceof Killed ? error.exitCode : 1;
  }
}

/** Plays another process beside it. @throws RuntimeError when the container does not run. */
export async function playExec(
  container: SimulatedContainer,
  command: string[],
  knobs: Knobs,
  clock: Clock,
  streams: ProcessStreams,
): Promise<number> {
  const { config, status, stop } = container;
  if (status.state !== "running") throw new RuntimeError("AlreadyExists", `container ${status.id} is not running`);
  const unknown: Life = async ({ write }) => {
    write("stderr", `simulated: ${command.join(" ")}: there is no process to run this\n`);
    return 126;
  };
  const life = knobs.exec(config, command) ?? lifeOf(command, unknown);
  const signal = AbortSignal.any([streams.signal, stop.signal]);
  return life(contextOf(container, clock, { stdin: PassThrough.from([]), ...streams, signal }));
}

const contextOf = ({ config, sandbox }: SimulatedContainer, clock: Clock, streams: ProcessStreams): ProcessContext => ({
  env: Object.fromEntries(config.env.map(({ name, value }) => [name, value])),
  hostname: sandbox.config.hostname,
  clock,
  ...streams,
});
