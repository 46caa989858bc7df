import type { ObjectRef, StatusClass, ViewMessage } from "./contract.ts";

/** What the map is divided into. `node` shows pods, the others what runs them. */
export const mapGroupings = ["namespace", "app", "node"] as const;
export type MapGrouping = (typeof mapGroupings)[number];

export interface MapNode {
  /** `resource/namespace/name`. */
  id: string;
  /** Absent for a whole group that stands for what is in it. */
  object?: ObjectRef;
  kind: string;
  name: string;
  /** The part of the map that it belongs to; empty: none, such as a pod without a node. */
  group: string;
  status?: StatusClass;
  text?: string;
  /** Pods of a workload by status. */
  pods?: Partial<Record<StatusClass, number>>;
}

export interface MapEdge {
  from: string;
  to: string;
  relation: "routes" | "selects" | "uses" | "scales" | "owns";
}

/** The whole map, again when it changes. */
export interface MapMessage {
  nodes: MapNode[];
  edges: MapEdge[];
  /** There are too many objects: groups stand for them. */
  collapsed: boolean;
  freshness: NonNullable<ViewMessage["freshness"]>;
}
