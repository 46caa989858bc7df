import type { Records } from "./dns/types.ts";
import type { RuleKey, RuleTable } from "./rules/types.ts";

// What this process and the network agent say to each other, over one tunnel.

/** Raised with every change of this file or of what the agent does; also the tag of the system image. */
export const agentVersion = 1;

/** The agent's configuration: the value of this variable in its environment, as JSON. */
export const configVariable = "WHERRY_NETWORK_AGENT";

export interface AgentConfig {
  version: number;
  /** Proves that the other end of the tunnel may command the agent. */
  token: string;
  /** Where the tunnel is accepted: on the engine's loopback, or on every address of the agent's own network namespace. */
  host: "127.0.0.1" | "0.0.0.0";
  port: number;
  /** The agent's address in the pod network when it is the network's gateway; else it finds the one that the engine gave it. */
  gateway?: string;
  podCIDR: string;
  serviceCIDR: string;
  clusterDomain: string;
}

/** What a stream is for. The agent opens only `api` streams, this process the others, `control` first. */
export type StreamTarget = { kind: "control"; token: string } | { kind: "tcp" | "udp"; host: string; port: number } | { kind: "api" };

export interface AgentState {
  version: number;
  /** The agent's address in the pod network, where the next two ports listen. */
  address: string;
  dnsPort: number;
  apiPort: number;
  /** Why rules can't be programmed. */
  problem?: string;
}

export interface AgentPod {
  /** Of the sandbox. */
  id: string;
  /** Its process in the engine's pid namespace. */
  pid: number;
  node: string;
}

export interface TableChange<Value> {
  set: Record<string, Value>;
  remove: string[];
}

/** Calls on the control stream. A type, not an interface: it is a table of methods. */
export type AgentMethods = {
  state(params: null): Promise<AgentState>;
  /** Everything that should be; what differs is changed. Pods that are not named are forgotten. */
  replace(params: { rules: Record<string, RuleTable>; records: Records; pods: AgentPod[] }): Promise<void>;
  /** Changes the rules of one node's pods; resolves when they have them. */
  changeRules(params: { node: string } & { set: RuleTable; remove: RuleKey[] }): Promise<void>;
  changeRecords(params: { set: Records; remove: string[] }): void;
  /** Resolves when the pod has its rules. */
  addPod(params: AgentPod): Promise<void>;
  removePod(params: { id: string }): void;
};
