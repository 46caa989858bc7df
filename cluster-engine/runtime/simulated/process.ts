import type { Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { ContainerFiles } from "./files.ts";

export interface Answer {
  status: number;
  text: string;
}

/** An HTTP server of a simulated process: the answer to a request for a path with its query. */
export type Serve = (url: string) => Answer;

/** What listens on a port: an HTTP server, or a gRPC server that says whether it is healthy. */
export type Server = Serve | "grpc";

/** What a simulated process sees of the world. */
export interface ProcessContext {
  env: Record<string, string>;
  hostname: string;
  /** The working directory. */
  directory: string;
  user: number;
  group: number;
  privileged: boolean;
  noNewPrivileges: boolean;
  /** Of the pod. */
  sysctls: Record<string, string>;
  /** Of the container; made when first asked for. */
  files(): ContainerFiles;
  clock: Clock;
  random: Random;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  stdin?: Readable;
  write(stream: "stdout" | "stderr", text: string): void;
  /** Handles SIGTERM in place of the process's end; undefined ends that. */
  trap(handler: (() => Promise<unknown>) | undefined): void;
  /** Runs the handler now when SIGTERM has come. */
  heedTraps(): Promise<void>;
  /** Resolves when SIGTERM comes and is handled. */
  trapped(): Promise<void>;
  /** Listens on a port of the pod until the container ends. */
  serve(port: number, server: Server): void;
  /** Asks an HTTP server of a pod. @throws Error when nothing listens there. */
  request(address: string, port: number, url: string): Answer;
}

/** Plays a process to its end; the exit code. Rejects with the signal's reason when stopped. */
export type Life = (context: ProcessContext) => Promise<number>;

export const runForever: Life = ({ signal }) =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
