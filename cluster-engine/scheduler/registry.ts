import { imageLocality } from "./plugins/imageLocality.ts";
import { interPodAffinity, type NamespaceLabels } from "./plugins/interPodAffinity.ts";
import { nodeAffinity } from "./plugins/nodeAffinity.ts";
import { nodeName } from "./plugins/nodeName.ts";
import { nodePorts } from "./plugins/nodePorts.ts";
import { nodeResourcesBalancedAllocation } from "./plugins/nodeResourcesBalancedAllocation.ts";
import { nodeResourcesFit } from "./plugins/nodeResourcesFit.ts";
import { nodeUnschedulable } from "./plugins/nodeUnschedulable.ts";
import { podTopologySpread } from "./plugins/podTopologySpread.ts";
import { schedulingGates } from "./plugins/schedulingGates.ts";
import { taintToleration } from "./plugins/taintToleration.ts";
import type { Plugin } from "./types.ts";

/** The default plugins, in the order in which they filter. */
export const defaultPlugins = (ports: { namespaceLabels: NamespaceLabels }): Plugin[] => [
  schedulingGates,
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity(ports.namespaceLabels),
  nodeResourcesBalancedAllocation,
  imageLocality,
];
