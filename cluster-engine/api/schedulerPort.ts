import type { Node, Pod } from "../../shared/kubernetes/types.ts";

/** A changed world to decide in. Objects replace those of the same name. */
export interface WhatIfChange {
  /** Decided upon; its `spec.nodeName` is ignored. */
  pod: Pod;
  /** Pods that have a node, more or changed. */
  pods?: Pod[];
  removedPods?: { namespace: string; name: string }[];
  nodes?: Node[];
  removedNodes?: string[];
}

/** A decision on one pod. What it says of each node is passed on as it is. */
export interface Decision {
  uid: string;
  /** ms since the epoch. */
  at: number;
  /** 1 is the first; 0 a dry run. */
  attempt: number;
  /** The chosen node. */
  node?: string;
  /** Why there is none. */
  message?: string;
}

/** How the API server asks the scheduler; the composition root ties them together. */
export interface SchedulerPort {
  /** The last attempts to place a pod, newest last. */
  traces(namespace: string, name: string): readonly Decision[];
  /** What would be decided now if the world were changed so; nothing is written. */
  whatIf(change: WhatIfChange): Decision;
}
