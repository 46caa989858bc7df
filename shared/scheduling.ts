import { z } from "zod";

/** Why the scheduler refuses a node. */
export interface SchedulingRefusal {
  plugin: string;
  /** In the scheduler's words: `Insufficient cpu`. */
  reason: string;
  /** With numbers and names: `asks 2 cores, 0.6 of 4 are free`. */
  detail?: string;
}

/** Why a pod has no node, or why it has this one. */
export interface SchedulingExplanation {
  /** `event`: the cluster keeps no record of decisions, only its message is known. `none`: nobody has tried yet. */
  source: "trace" | "event" | "none";
  /** ms since the epoch. */
  at?: number;
  attempt?: number;
  /** The node that was chosen. */
  node?: string;
  message?: string;
  /** How many nodes there are, and how many of them would do. */
  nodeCount: number;
  feasible: number;
  /** Before any node was asked. */
  refusals: SchedulingRefusal[];
  /** What stands in the way, the commonest first, with what would help. */
  reasons: { reason: string; nodes: number; next: string }[];
  nodes: { name: string; refusals: SchedulingRefusal[]; scores: { plugin: string; score: number; weight: number }[]; total?: number }[];
  /** Who would have to leave. */
  preemption?: { node: string; victims: string[] };
}

/** A changed world: where would the pod go then? */
export const whatIfChange = z.object({
  /** What the whole pod asks for, in place of what it does: cores, bytes. */
  cpu: z.number().min(0).max(1_000_000).optional(),
  memory: z.number().min(0).max(1e18).optional(),
  /** Without its node selector and node affinity. */
  anyNode: z.boolean().default(false),
  /** Nodes without taints, none of them cordoned. */
  openNodes: z.boolean().default(false),
  /** The node of this name without its pods. */
  emptied: z.string().max(253).optional(),
  /** One more node like the one of this name, with no pods. */
  another: z.string().max(253).optional(),
});
export type WhatIfChange = z.input<typeof whatIfChange>;
