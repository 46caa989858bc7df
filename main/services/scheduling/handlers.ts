import type { ObjectRef } from "../../../shared/contract.ts";
import type { SchedulingExplanation } from "../../../shared/scheduling.ts";
import type { Event, Node, Pod } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { ApiError, isNotFound, ServiceError } from "../errors.ts";
import { getObject } from "../objects/api.ts";
import { PolledStream } from "../port/polledStream.ts";
import type { RequestHandlers, StreamHandlers } from "../port/types.ts";
import type { Clock } from "../time.ts";
import type { CacheLease } from "../watch/cachePool.ts";
import { known } from "../watch/resources.ts";
import type { World } from "./evidence.ts";
import { type DecisionTrace, explainMessage, explainTrace } from "./explain.ts";
import { reviewOf } from "./whatIf.ts";

/** Why a pod has no node; again every few seconds, for the scheduler goes on trying. */
export const schedulingStreams = (clusters: Clusters, clock: Clock): Pick<StreamHandlers, "scheduling"> => ({
  scheduling: {
    pace: 1000,
    open: ({ cluster, object }, ends) => new PolledStream({ clock, ends, every: () => 3000, read: () => explain(clusters.get(cluster), object) }),
  },
});

export const schedulingRequests = (clusters: Clusters): Pick<RequestHandlers, "scheduling.whatIf"> => ({
  "scheduling.whatIf": async ({ cluster: id, object, change }) => {
    const cluster = clusters.get(id);
    const world = await readWorld(cluster, object);
    const path = `/apis/wherry.dev/v1/namespaces/${object.namespace}/schedulingreviews`;
    const body = { apiVersion: "wherry.dev/v1", kind: "SchedulingReview", spec: reviewOf(change, world) };
    try {
      const { status } = await cluster.connection.json<{ status: DecisionTrace }>({ method: "POST", path, body });
      return explainTrace(status, world);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new ServiceError("no-scheduler", "only a cluster of Wherry can decide without acting: this one answers no scheduling reviews");
    }
  },
});

async function explain(cluster: Cluster, object: ObjectRef): Promise<SchedulingExplanation> {
  const path = `/apis/wherry.dev/v1/namespaces/${object.namespace}/podschedulings/${object.name}`;
  const trace = await cluster.connection.json<{ attempts: DecisionTrace[] }>({ path }).then(({ attempts }) => attempts.at(-1), unlessNobodyTells);
  if (trace) return explainTrace(trace, await readWorld(cluster, object));
  const [pod, events] = await Promise.all([getObject<Pod>(cluster, object), readEvents(cluster, object)]);
  return explainMessage(pod, events);
}

/** Other clusters have no such path, and one that starts has no scheduler yet; whoever may not ask is told what pods tell. */
function unlessNobodyTells(error: unknown): undefined {
  if (error instanceof ApiError && [403, 404, 503].includes(error.code)) return undefined;
  throw error;
}

/** The pod as it is now, among nodes and pods as the caches that all views share have them. */
async function readWorld(cluster: Cluster, object: ObjectRef): Promise<World> {
  const [pods, nodes] = [known.pods, known.nodes].map((resource) => cluster.caches.lease(resource)) as [CacheLease, CacheLease];
  try {
    const [pod] = await Promise.all([getObject<Pod>(cluster, object), pods.cache.settled(), nodes.cache.settled()]);
    const byNode = groupByNode(objectsOf<Pod>(pods));
    return {
      pod,
      nodes: new Map(objectsOf<Node>(nodes).map((node) => [node.metadata.name, node])),
      podsOn: (name) => byNode.get(name) ?? [],
    };
  } finally {
    pods[Symbol.dispose]();
    nodes[Symbol.dispose]();
  }
}

function groupByNode(pods: Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const group = groups.get(pod.spec.nodeName ?? "");
    if (group) group.push(pod);
    else groups.set(pod.spec.nodeName ?? "", [pod]);
  }
  return groups;
}

const objectsOf = <T>({ cache }: CacheLease): T[] => [...cache.entries()].map(({ object }) => object as T);

async function readEvents(cluster: Cluster, { namespace, name }: ObjectRef): Promise<Event[]> {
  const query = { fieldSelector: `involvedObject.name=${name},reason=FailedScheduling` };
  const { items } = await cluster.connection.json<{ items: Event[] }>({ path: `/api/v1/namespaces/${namespace}/events`, query });
  return items.sort((a, b) => String(b.lastTimestamp ?? b.eventTime).localeCompare(String(a.lastTimestamp ?? a.eventTime)));
}
