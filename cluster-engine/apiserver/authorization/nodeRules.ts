import type { PolicyRule } from "../../../shared/kubernetes/types.ts";
import bootstrap from "../data/bootstrap.json" with { type: "json" };

/** What every kubelet may do where the node authorizer is not finer: the rules of the ClusterRole system:node. */
export const nodeRules: PolicyRule[] = bootstrap.clusterRoles.find((role) => role.metadata.name === "system:node")?.rules ?? [];
