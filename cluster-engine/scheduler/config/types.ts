import type { ExtensionPoint } from "../types.ts";
import type { DefaultPreemptionArgs } from "../plugins/defaultPreemption.ts";
import type { InterPodAffinityArgs } from "../plugins/interPodAffinity.ts";
import type { NodeAffinityArgs } from "../plugins/nodeAffinity.ts";
import type { BalancedAllocationArgs } from "../plugins/nodeResourcesBalancedAllocation.ts";
import type { NodeResourcesFitArgs } from "../plugins/nodeResourcesFit.ts";
import type { PodTopologySpreadArgs } from "../plugins/podTopologySpread.ts";

/** A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), as far as it says how pods are placed. */
export interface SchedulerConfiguration {
  /** 0…100; 0 adapts to the number of nodes. */
  percentageOfNodesToScore?: number;
  podInitialBackoffSeconds?: number;
  podMaxBackoffSeconds?: number;
  profiles?: ProfileConfiguration[];
  extenders?: ExtenderConfiguration[];
}

export interface PluginReference {
  name: string;
  /** Of its score. */
  weight?: number;
}

export interface PluginSet {
  enabled?: PluginReference[];
  /** `*` means all defaults. */
  disabled?: { name: string }[];
}

export interface ProfileConfiguration {
  schedulerName?: string;
  percentageOfNodesToScore?: number;
  plugins?: Partial<Record<ExtensionPoint | "multiPoint", PluginSet>>;
  pluginConfig?: { name: string; args?: unknown }[];
}

interface VolumeBindingArgs {
  bindTimeoutSeconds?: number;
}

/** Arguments of plugins by name. */
export interface PluginArguments {
  DefaultPreemption?: DefaultPreemptionArgs;
  InterPodAffinity?: InterPodAffinityArgs;
  NodeAffinity?: NodeAffinityArgs;
  NodeResourcesBalancedAllocation?: BalancedAllocationArgs;
  NodeResourcesFit?: NodeResourcesFitArgs;
  PodTopologySpread?: PodTopologySpreadArgs;
  VolumeBinding?: VolumeBindingArgs;
}

/** A service that is asked along with the plugins. */
export interface ExtenderConfiguration {
  urlPrefix: string;
  filterVerb?: string;
  preemptVerb?: string;
  prioritizeVerb?: string;
  bindVerb?: string;
  /** Of its scores. */
  weight?: number;
  enableHTTPS?: boolean;
  tlsConfig?: {
    insecure?: boolean;
    serverName?: string;
    certFile?: string;
    keyFile?: string;
    caFile?: string;
    /** Base64. */
    certData?: string;
    keyData?: string;
    caData?: string;
  };
  /** As Go prints durations: `5s`. */
  httpTimeout?: string;
  /** It knows nodes itself: only their names are sent. */
  nodeCacheCapable?: boolean;
  managedResources?: { name: string; ignoredByScheduler?: boolean }[];
  /** Scheduling goes on when it fails. */
  ignorable?: boolean;
}
