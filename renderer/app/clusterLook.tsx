import type { ClusterPhase, ClusterSummary, StatusClass } from "../../shared/contract.ts";
import { classNames } from "../ui/classNames.ts";

export const phaseStatus: Record<ClusterPhase, StatusClass> = {
  ready: "running",
  connecting: "pending",
  idle: "unknown",
  down: "failed",
  unauthorized: "failed",
};

/** A colour that stays with the cluster's name. */
export function clusterColour(id: string): string {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) | 0;
  return `var(--series-${(Math.abs(hash) % 8) + 1})`;
}

/** The cluster's initial on its colour. */
export function ClusterMark({ cluster, className }: { cluster: Pick<ClusterSummary, "id" | "name">; className?: string }) {
  return (
    <span
      aria-hidden
      className={classNames("flex size-5 shrink-0 items-center justify-center rounded-control text-meta font-semibold text-background", className)}
      style={{ background: clusterColour(cluster.id) }}
    >
      {cluster.name.slice(0, 1).toUpperCase()}
    </span>
  );
}
