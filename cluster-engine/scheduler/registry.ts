import type { PodDisruptionBudget } from "../../shared/kubernetes/types.ts";
import { PodDisruptionBudgets } from "../api/resources.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Client, Informers } from "../client/types.ts";
import type { PluginArguments } from "./config/types.ts";
import { defaultSelectors } from "./defaultSelector.ts";
import type { DeviceMatcher } from "./devices/allocator.ts";
import { DeviceView } from "./devices/deviceView.ts";
import { defaultBinder } from "./plugins/defaultBinder.ts";
import { defaultPreemption, type PreemptionParts } from "./plugins/defaultPreemption.ts";
import { dynamicResources } from "./plugins/dynamicResources.ts";
import { imageLocality } from "./plugins/imageLocality.ts";
import { interPodAffinity, type NamespaceSource } from "./plugins/interPodAffinity.ts";
import { nodeAffinity } from "./plugins/nodeAffinity.ts";
import { nodeName } from "./plugins/nodeName.ts";
import { nodePorts } from "./plugins/nodePorts.ts";
import { nodeResourcesBalancedAllocation } from "./plugins/nodeResourcesBalancedAllocation.ts";
import { nodeResourcesFit } from "./plugins/nodeResourcesFit.ts";
import { nodeUnschedulable } from "./plugins/nodeUnschedulable.ts";
import { nodeVolumeLimits } from "./plugins/nodeVolumeLimits.ts";
import { podTopologySpread, type DefaultSelector } from "./plugins/podTopologySpread.ts";
import { prioritySort } from "./plugins/prioritySort.ts";
import { schedulingGates } from "./plugins/schedulingGates.ts";
import { taintToleration } from "./plugins/taintToleration.ts";
import { volumeBinding } from "./plugins/volumeBinding.ts";
import { volumeRestrictions } from "./plugins/volumeRestrictions.ts";
import { volumeZone } from "./plugins/volumeZone.ts";
import { VolumeView } from "./volumes/volumeView.ts";
import { namespaceSource } from "./world.ts";
import type { ExtensionPoint, Plugin } from "./types.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";

/** What plugins read and write through, shared by all profiles. */
export interface PluginParts {
  client: Client;
  informers: Informers;
  clock: Clock;
  random: Random;
  namespaces: NamespaceSource;
  volumes: VolumeView;
  devices: DeviceView;
  matchesDevice: DeviceMatcher;
  selectorOf: DefaultSelector;
  budgets(): readonly PodDisruptionBudget[];
  bind(pod: Pod, node: string): Promise<void>;
  preemption: Pick<PreemptionParts, "isRunning" | "review">;
  /** Resources that extenders look after. */
  ignoredResources: readonly string[];
}

type PluginFactory = (args: PluginArguments, parts: PluginParts) => Plugin;

const bindTimeoutSeconds = 600;

interface Registered {
  /** Where it takes part. */
  points: readonly ExtensionPoint[];
  make: PluginFactory;
  /** Of its score; 1 when absent. */
  weight?: number;
}

/** The plugins that there are, in the order in which they are called by default, with the weight of their score. */
export const registry: Readonly<Record<string, Registered>> = {
  SchedulingGates: { points: ["preEnqueue"], make: () => schedulingGates },
  PrioritySort: { points: ["queueSort"], make: () => prioritySort },
  NodeUnschedulable: { points: ["filter"], make: () => nodeUnschedulable },
  NodeName: { points: ["filter"], make: () => nodeName },
  TaintToleration: { points: ["filter", "preScore", "score"], make: () => taintToleration, weight: 3 },
  NodeAffinity: { points: ["preFilter", "filter", "preScore", "score"], make: ({ NodeAffinity }) => nodeAffinity(NodeAffinity), weight: 2 },
  NodePorts: { points: ["preFilter", "filter"], make: () => nodePorts },
  NodeResourcesFit: {
    points: ["preFilter", "filter", "preScore", "score"],
    make: ({ NodeResourcesFit = {} }, { ignoredResources }) =>
      nodeResourcesFit({ ...NodeResourcesFit, ignoredResources: [...(NodeResourcesFit.ignoredResources ?? []), ...ignoredResources] }),
    weight: 1,
  },
  VolumeRestrictions: { points: ["preFilter", "filter"], make: (_, { volumes }) => volumeRestrictions(volumes) },
  NodeVolumeLimits: { points: ["preFilter", "filter"], make: (_, { volumes }) => nodeVolumeLimits(volumes) },
  VolumeBinding: {
    points: ["preFilter", "filter", "preScore", "score", "reserve", "preBind"],
    make: ({ VolumeBinding: { bindTimeoutSeconds: seconds = bindTimeoutSeconds } = {} }, { volumes, client, informers, clock }) =>
      volumeBinding(volumes, { client, informers, clock, timeout: seconds * 1000 }),
  },
  VolumeZone: { points: ["preFilter", "filter"], make: (_, { volumes }) => volumeZone(volumes) },
  PodTopologySpread: {
    points: ["preFilter", "filter", "preScore", "score"],
    make: ({ PodTopologySpread = {} }, { selectorOf }) => podTopologySpread(PodTopologySpread, selectorOf),
    weight: 2,
  },
  InterPodAffinity: {
    points: ["preFilter", "filter", "preScore", "score"],
    make: ({ InterPodAffinity = {} }, { namespaces }) => interPodAffinity(InterPodAffinity, namespaces),
    weight: 2,
  },
  DynamicResources: {
    points: ["preEnqueue", "preFilter", "filter", "postFilter", "score", "reserve", "preBind"],
    make: (_, { devices, client, matchesDevice }) => dynamicResources({ devices, client, matches: matchesDevice }),
    weight: 2,
  },
  DefaultPreemption: {
    points: ["preEnqueue", "postFilter"],
    make: ({ DefaultPreemption = {} }, { random, budgets, preemption }) => defaultPreemption(DefaultPreemption, { random, budgets, ...preemption }),
  },
  NodeResourcesBalancedAllocation: {
    points: ["preScore", "score"],
    make: ({ NodeResourcesBalancedAllocation }) => nodeResourcesBalancedAllocation(NodeResourcesBalancedAllocation),
    weight: 1,
  },
  ImageLocality: { points: ["score"], make: () => imageLocality, weight: 1 },
  DefaultBinder: { points: ["bind"], make: (_, { bind }) => defaultBinder(bind) },
};

/** For schedulers that were given no way to evaluate CEL. */
const noSelectors: DeviceMatcher = (expression) => {
  throw new Error(`selector ${JSON.stringify(expression)}: CEL is not available`);
};

export type PartsOptions = Pick<PluginParts, "client" | "informers" | "clock" | "random" | "bind" | "preemption"> &
  Partial<Pick<PluginParts, "ignoredResources" | "matchesDevice">>;

export function pluginParts(options: PartsOptions): PluginParts {
  const { informers } = options;
  const budgets = informers.of(PodDisruptionBudgets);
  return {
    ignoredResources: [],
    matchesDevice: noSelectors,
    ...options,
    namespaces: namespaceSource(informers),
    volumes: new VolumeView(informers),
    devices: new DeviceView(informers),
    selectorOf: defaultSelectors(informers),
    budgets: () => budgets.list(),
  };
}
