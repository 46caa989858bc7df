import type { ObjectRef } from "./contract.ts";

/** One write to an object: who, what, when and why. */
export interface JournalWrite {
  /** Tells writes apart; 0 where the cluster has no journal. */
  revision: number;
  /** ms since the epoch. */
  at: number;
  /** The program: `kubectl`, `deployment-controller`, `kubelet`. */
  component: string;
  user: string;
  verb: "create" | "update" | "delete";
  object: ObjectRef;
  kind: string;
  subresource?: string;
  /** Of an Event: what it tells. */
  reason?: string;
  changes: { path: string; op?: "add" | "remove"; from?: string | number | boolean; to?: string | number | boolean }[];
  /** What woke the writer: `Deployment web`, and the write of it. Absent when it acted of its own accord. */
  cause?: { text: string; revision: number };
}

/** The writes to one object, the newest first. */
export interface HistoryMessage {
  /** `managedFields`: the cluster keeps no journal; what the object itself says of its writers. */
  source: "journal" | "managedFields";
  writes: JournalWrite[];
}

export interface ChainStep extends JournalWrite {
  /** ms after the first write. */
  after: number;
  /** 0 for what began the chain. */
  depth: number;
}

/** A write and all that it brought about, in order. */
export interface ChainMessage {
  steps: ChainStep[];
  /** There are more than are shown. */
  truncated: boolean;
}
