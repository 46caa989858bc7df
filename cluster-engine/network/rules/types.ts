// What the network part tells the agent to program. Plain JSON: it travels through the tunnel.

/** Where connections to one address and port go. */
export interface Rule {
  /** `10.244.0.5:8080`; never empty. */
  endpoints: string[];
  /** Session affinity by client address: how long in seconds a pod keeps its endpoint after its last new connection. */
  affinitySeconds?: number;
}

/** Key of a rule, as nft writes it: `10.96.0.10 . udp . 53`. */
export type RuleKey = string;

export type RuleTable = Record<RuleKey, Rule>;

export type RuleProtocol = "tcp" | "udp" | "sctp";

export const ruleKey = (address: string, protocol: RuleProtocol, port: number): RuleKey => `${address} . ${protocol} . ${port}`;

/** A rule table as it stood at one moment; never changed after it was made. */
export interface Ruleset {
  rules: ReadonlyMap<RuleKey, Rule>;
}
