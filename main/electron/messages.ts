import type { EngineState } from "../../shared/contract.ts";
import type { RuntimeReport, StartStep } from "../../cluster-engine/types.ts";

// What main and its utility processes tell each other.

export type FromEngine =
  | { type: "step"; step: StartStep }
  | { type: "ready"; url: string; kubeconfig: string; recovery?: string }
  | { type: "runtime"; report: RuntimeReport }
  | { type: "runtime-failed"; message: string }
  | { type: "failed"; message: string };

export type ToEngine = { type: "stop"; pods: boolean };

export type ToServicesProcess =
  /** Comes with a MessagePort to a window. */
  | { type: "window" }
  | { type: "engine"; state: EngineState }
  /** Answer to an `engine.start` or `engine.stop`. */
  | { type: "done"; id: number; problem?: string }
  | { type: "stop" };

export type FromServicesProcess = { type: "engine.start"; id: number; fromSnapshot: boolean } | { type: "engine.stop"; id: number; pods: boolean };

/** What a utility process is started with, as JSON in its first argument. */
export interface EngineArguments {
  dataDir: string;
  runtime: "auto" | "docker" | "simulated";
  nodes: number;
  systemImageArchive?: string;
}

export interface ServicesArguments {
  dataDir: string;
  localKubeconfig: string;
  kubeconfigPaths: string[];
}
