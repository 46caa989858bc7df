import { PassThrough, type Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import {
  RuntimeError,
  type ContainerConfig,
  type ContainerResources,
  type ContainerStatus,
  type PodSandboxConfig,
  type SandboxStatus,
} from "../types.ts";
import type { ContainerLog } from "./containerLog.ts";
import { kernelFiles } from "./cgroupFiles.ts";
import { ContainerFiles, type MemoryTree } from "./files.ts";
import { commandLineOf, filesOf } from "./imagePrograms.ts";
import type { Knobs } from "./knobs.ts";
import { runForever, type Answer, type Life, type ProcessContext, type Server } from "./process.ts";
import type { LifeScript } from "./lifeScript.ts";
import { lifeOf } from "./script.ts";
import { playScript, scriptedHealth } from "./scriptedLife.ts";
import type { Stop } from "./stop.ts";
import type { UsageMeter } from "./usage.ts";
import { TermTrap } from "./termTrap.ts";

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
  stop: Stop;
  ended: Promise<void>;
  /** What its pod's annotations say of it. */
  script?: LifeScript;
  /** From its start on. */
  meter?: UsageMeter;
  /** Why it ended, when its script says so. */
  endReason?: "OOMKilled";
  /** Set when its process wants to hear of SIGTERM. */
  trap?: TermTrap;
  /** What it serves, by port. */
  servers?: Map<number, Server>;
  /** Its program is not known: it may listen anywhere. */
  isUnknown?: boolean;
  /** Made when a process looks at files. */
  files?: ContainerFiles;
}

/** What processes of all containers share. */
export interface Machine {
  knobs: Knobs;
  clock: Clock;
  /** The content of a volume that the runtime made. */
  volume(name: string): MemoryTree;
  /** What listens at an address of the pod network. */
  listener(address: string, port: number): Server | undefined;
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
export async function live(container: SimulatedContainer, machine: Machine): Promise<number> {
  const scripted = playAnnotations(container, machine.clock);
  try {
    return await playMain(container, machine);
  } catch (error) {
    return error instanceof Killed ? error.exitCode : 1;
  } finally {
    scripted?.[Symbol.dispose]();
  }
}

function playAnnotations(container: SimulatedContainer, clock: Clock): Disposable | undefined {
  const { script, resources, log, stop } = container;
  if (!script) return undefined;
  return playScript({
    script,
    memoryLimitBytes: resources.memoryLimitBytes,
    clock,
    write: (text) => log.write(clock.now(), "stdout", text),
    end: ({ exitCode, reason }) => {
      if (reason) container.endReason = reason;
      stop.abort(new Killed(exitCode));
    },
  });
}

function playMain(container: SimulatedContainer, machine: Machine): Promise<number> {
  const { config, log, stop } = container;
  const { knobs, clock } = machine;
  const commandLine = commandLineOf(config);
  const chosen = knobs.life(config);
  if (!chosen && commandLine.length === 0) {
    // Most of a large simulation: a server of which nothing is known needs nothing but its end.
    container.isUnknown = true;
    return stop.awaited();
  }
  const unknown: Life = (context) => {
    container.isUnknown = true;
    return runForever(context);
  };
  const life = chosen ?? lifeOf(commandLine, unknown);
  // Nobody types into a simulated container: an open input stays silent, a closed one is at its end.
  const stdin = config.stdin ? {} : { stdin: PassThrough.from([]) };
  const streams: ProcessStreams = { ...stdin, signal: stop.signal, write: (stream, text) => log.write(clock.now(), stream, text) };
  return life(contextOf(container, machine, streams));
}

/** Plays another process beside it. @throws RuntimeError when the container does not run. */
export async function playExec(container: SimulatedContainer, command: string[], machine: Machine, streams: ProcessStreams): Promise<number> {
  const { config, status, stop } = container;
  if (status.state !== "running") throw new RuntimeError("AlreadyExists", `container ${status.id} is not running`);
  const unknown: Life = async ({ write }) => {
    write("stderr", `simulated: ${command.join(" ")}: there is no process to run this\n`);
    return 126;
  };
  const life = machine.knobs.exec(config, command) ?? lifeOf(command, unknown);
  const signal = AbortSignal.any([streams.signal, stop.signal]);
  const context = contextOf(container, machine, { stdin: PassThrough.from([]), ...streams, signal });
  const deaf = new TermTrap();
  return life({ ...context, ...deaf.wires });
}

function contextOf(container: SimulatedContainer, machine: Machine, streams: ProcessStreams): ProcessContext {
  const { config, sandbox } = container;
  const { hostname, metadata } = sandbox.config;
  const trap = (container.trap ??= new TermTrap());
  return {
    env: Object.fromEntries([
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ["HOSTNAME", hostname],
      ["HOME", "/root"],
      ...config.env.map(({ name, value }) => [name, value]),
    ]),
    hostname,
    directory: config.workingDir ?? "/",
    user: config.security.runAsUser ?? 0,
    group: config.security.runAsGroup ?? 0,
    privileged: config.security.privileged ?? false,
    noNewPrivileges: config.security.noNewPrivileges ?? false,
    sysctls: sandbox.config.sysctls ?? {},
    files() {
      const { mounts, security } = config;
      const readOnlyRoot = security.readOnlyRootFilesystem ?? false;
      return (container.files ??= new ContainerFiles({
        podUid: metadata.uid,
        hostname,
        mounts,
        readOnlyRoot,
        image: filesOf(config.image),
        volume: machine.volume,
        kernel: kernelFiles(() => container.resources),
      }));
    },
    clock: machine.clock,
    random: systemRandom,
    serve: (port, server) => void (container.servers ??= new Map()).set(port, server),
    request(address, port, url) {
      const listener = machine.listener(address, port);
      if (typeof listener !== "function") throw new Error(`Failed to connect to ${address} port ${port}: Connection refused`);
      return listener(url);
    },
    ...trap.wires,
    ...streams,
  };
}

const unhealthy: Server = () => ({ status: 500, text: "unhealthy, as its script says" });

/**
 * What listens on a port of a pod: the process that serves it; where an unknown program runs, what the knobs say. Scripts
 * come first.
 */
export function serverOf(containers: SimulatedContainer[], sandbox: Sandbox, port: number, { knobs, clock }: Machine): Server | undefined {
  if (sandbox.status.state !== "ready") return undefined;
  const running = containers.filter(({ status }) => status.state === "running");
  const health = running.map(({ script, status }) => scriptedHealth(script, clock.now() - status.startedAt!));
  if (health.includes("refuses")) return undefined;
  if (health.includes("fails")) return unhealthy;
  const served = running.find(({ servers }) => servers?.has(port))?.servers?.get(port);
  if (served || (running.length > 0 && !running.some(({ isUnknown }) => isUnknown))) return served;
  const answer: Answer | undefined = knobs.answer(sandbox.config, port);
  return answer && (() => answer);
}
