import type { Node } from "../../../shared/kubernetes/types.ts";

const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";
const toBeDeletedTaint = "ToBeDeletedByClusterAutoscaler";

/**
 * Nodes that load balancers send traffic to: ready or not, since they check health themselves, but neither leaving nor
 * excluded (KEP-3458).
 */
export const balancedNodes = (nodes: Node[]): Node[] =>
  nodes.filter(
    ({ metadata, spec }) =>
      !metadata.deletionTimestamp && !(excludeLabel in (metadata.labels ?? {})) && !spec?.taints?.some(({ key }) => key === toBeDeletedTaint),
  );

/** Equal for sets of nodes that mean the same to a load balancer. */
export const nodeSetOf = (nodes: Node[]): string =>
  nodes
    .map(({ metadata, spec }) => `${metadata.name}=${spec?.providerID ?? ""}`)
    .sort()
    .join();
