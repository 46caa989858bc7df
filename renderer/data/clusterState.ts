import { useMemo } from "react";
import type {
  ApiResource,
  ClusterSummary,
  EngineState,
  ForwardState,
  HomeMessage,
  MetricsMessage,
  ObjectMessage,
  ResourceRef,
  Target,
} from "../../shared/contract.ts";
import type { AccessAnswer, AccessQuestion, AccessSubject, RightsMessage, WhoCanMessage } from "../../shared/access.ts";
import type { ChainMessage, HistoryMessage } from "../../shared/journal.ts";
import type { MapGrouping, MapMessage } from "../../shared/map.ts";
import type { SchedulingExplanation } from "../../shared/scheduling.ts";
import { resourceKey } from "./references.ts";
import { useLatest, type Latest } from "./services.tsx";

const noClusters: ClusterSummary[] = [];
const noForwards: ForwardState[] = [];
const noResources: ApiResource[] = [];

export const useClusters = (): ClusterSummary[] => useLatest("clusters", {}).message ?? noClusters;
export const useCluster = (id: string): ClusterSummary | undefined => useClusters().find((cluster) => cluster.id === id);
export const useForwards = (): ForwardState[] => useLatest("forwards", {}).message ?? noForwards;
export const useEngine = (): EngineState | undefined => useLatest("engine", {}).message;

/** What discovery of the cluster offers; empty until it is known. */
export const useResources = (cluster: string): ApiResource[] => useLatest("resources", { cluster }).message ?? noResources;

export function useResource(cluster: string, ref: ResourceRef): ApiResource | undefined {
  const resources = useResources(cluster);
  const key = resourceKey(ref);
  return useMemo(() => resources.find((resource) => resourceKey(resource) === key), [resources, key]);
}

export const useHome = (cluster: string, namespaces: string[] = []): Latest<HomeMessage> => useLatest("home", { cluster, namespaces });
export const useObject = (target: Target | null): Latest<ObjectMessage> => useLatest("object", target);
/** Why a pod has no node, or this one. */
export const useScheduling = (target: Target): Latest<SchedulingExplanation> => useLatest("scheduling", target);
export const useHistory = (target: Target): Latest<HistoryMessage> => useLatest("history", target);
/** What the writes with these revisions brought about. */
export const useChain = (cluster: string, revisions: number[]): Latest<ChainMessage> => useLatest("chain", { cluster, revisions });
export const useMap = (cluster: string, namespaces: string[], by: MapGrouping): Latest<MapMessage> => useLatest("map", { cluster, namespaces, by });
export const useMetrics = (target: Target | null): Latest<MetricsMessage> => useLatest("metrics", target);
/** What a subject may do; without one: the window's own user. */
export const useRights = (cluster: string, namespaces: string[], subject: AccessSubject | undefined): Latest<RightsMessage> =>
  useLatest("rights", { cluster, namespaces, ...(subject ? { subject } : {}) });
export const useWhoCan = (cluster: string, question: AccessQuestion): Latest<WhoCanMessage> => useLatest("whoCan", { cluster, question });
/** The API server's word on one question, and why. */
export const useAccessAnswer = (cluster: string, question: AccessQuestion, subject: AccessSubject | undefined): Latest<AccessAnswer> =>
  useLatest("accessAnswer", { cluster, question, ...(subject ? { subject } : {}) });
