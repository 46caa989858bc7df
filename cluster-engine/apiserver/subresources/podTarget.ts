import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { ContainerTarget, NodeConnection } from "../../api/nodeConnection.ts";
import { within } from "../../base/clock.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { badRequest, internalError } from "../request/statusErrors.ts";
import type { ServerContext } from "../serverContext.ts";
import { existing } from "../verbs/get.ts";

export const podOf = (call: ApiCall, pods: ServedResource): Pod => existing(pods, call.info.namespace, call.info.name).object as Pod;

/** The container that a request is about. @throws BadRequest when it must be named, or is not there */
export function containerOf(pod: Pod, wanted: string | null): ContainerTarget {
  const { name, namespace } = pod.metadata;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec!;
  const all = [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name);
  if (wanted) {
    if (!all.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return { namespace, pod: name, container: wanted };
  }
  if (containers.length !== 1) throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(" ")}]`);
  return { namespace, pod: name, container: containers[0]!.name };
}

/** Who asks while the nodes start waits so long, ms. */
const startDeadlineMs = 10_000;

/** The kubelet that runs the pod, waited for while nodes start. @throws BadRequest, InternalError */
export async function nodeOf(pod: Pod, { nodes, nodesStarted, clock }: ServerContext): Promise<NodeConnection> {
  const node = pod.spec?.nodeName;
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (!nodes(node) && nodesStarted) await within(clock, startDeadlineMs, nodesStarted);
  const connection = nodes(node);
  if (!connection) throw internalError(`Get "https://${node}:10250": no kubelet answers for node ${JSON.stringify(node)}`);
  return connection;
}
