import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { EngineClient } from "./engineClient.ts";
import type { Labels } from "./labels.ts";

/** What every part of the adapter works with. */
export interface DockerContext {
  client: EngineClient;
  clusterId: string;
  clock: Clock;
  log: Log;
  /** Runs in every sandbox; its default command waits until it is stopped. */
  sandboxImage: string;
  /** Known once the version was asked for. */
  isPodman: boolean;
  /** Name of this cluster's pod network. */
  networkName: string;
}

/** An entry of `GET /containers/json`. */
export interface ListedContainer {
  Id: string;
  Names: string[];
  ImageID: string;
  Created: number;
  State: string;
  Labels: Labels;
}

/** The parts of `GET /containers/{id}/json` that are read. */
export interface InspectedContainer {
  Id: string;
  Name: string;
  Created: string;
  Image: string;
  State: {
    Status: string;
    Running: boolean;
    Pid: number;
    ExitCode: number;
    Error: string;
    OOMKilled: boolean;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: { Labels: Labels; Tty: boolean; OpenStdin: boolean; StdinOnce: boolean };
  NetworkSettings: { Ports?: Record<string, { HostIp: string; HostPort: string }[] | null>; Networks?: Record<string, { IPAddress: string }> };
}

/** The engine's name of a container: readable in `docker ps`, unique per cluster, pod, container and attempt. */
export function containerName(clusterId: string, parts: (string | number)[]): string {
  return ["k8s", clusterId, ...parts].join("_").replace(/[^a-zA-Z0-9_.-]/g, "-");
}

/** ms since the epoch of the engine's RFC 3339 time; undefined for its zero time. */
export const engineTime = (text: string): number | undefined => (!text || text.startsWith("0001-") ? undefined : Date.parse(text));
