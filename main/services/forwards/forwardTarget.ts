import type { ObjectRef } from "../../../shared/contract.ts";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Deployment, Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ServiceError } from "../errors.ts";
import { getObject } from "../objects/api.ts";
import { portToOpen } from "../services/serviceUrl.ts";
import { known } from "../watch/resources.ts";

export interface PodPort {
  pod: ObjectRef;
  port: number;
}

/** Finds, each time it is asked, a pod and port for a target; a pod that is gone is followed to its successor. */
export type FindPod = () => Promise<PodPort>;

/** `port` is a number or a name of the target's; undefined takes the one that a browser would want. */
export function podFinder(cluster: Cluster, target: ObjectRef, port: string | undefined): FindPod {
  if (target.resource === "services") return () => podOfService(cluster, target, port);
  if (target.resource === "pods") return podOrSuccessor(cluster, target, port);
  return async () => {
    const workload = await getObject<Deployment>(cluster, target);
    return portOf(await readyPod(cluster, target, workload.spec?.selector?.matchLabels ?? {}), port);
  };
}

async function podOfService(cluster: Cluster, ref: ObjectRef, wanted: string | undefined): Promise<PodPort> {
  const service = await getObject<Service>(cluster, ref);
  const port = portToOpen(service, wanted);
  if (!port) throw new ServiceError("no-port", `Service ${ref.name} has no port${wanted ? ` "${wanted}"` : ""} to open`);
  const selector = service.spec?.selector ?? {};
  if (Object.keys(selector).length === 0) throw new ServiceError("no-selector", `Service ${ref.name} selects no pods: there is nothing to open`);
  return portOf(await readyPod(cluster, ref, selector), String(port.targetPort ?? port.port));
}

/** The pod while it is there, then another ready one of its owner. */
function podOrSuccessor(cluster: Cluster, target: ObjectRef, port: string | undefined): FindPod {
  let last: Pod | undefined;
  return async () => {
    const pod = await getObject<Pod>(cluster, target).catch(() => undefined);
    if (pod && !pod.metadata.deletionTimestamp) {
      last = pod;
      return portOf(pod, port);
    }
    const owner = last?.metadata.ownerReferences?.find(({ controller }) => controller);
    if (!owner) throw new ServiceError("gone", `pod ${target.name} is gone, and nothing makes it anew`);
    const successor = (await readyPods(cluster, target.namespace, last!.metadata.labels ?? {}, ["pod-template-hash", "controller-revision-hash"]))[0];
    if (!successor) throw new ServiceError("no-endpoints", `pod ${target.name} is gone, and no other pod of its ${owner.kind} is ready yet`);
    return portOf(successor, port);
  };
}

async function readyPod(cluster: Cluster, ref: ObjectRef, labels: Record<string, string>): Promise<Pod> {
  const [pod] = await readyPods(cluster, ref.namespace, labels);
  if (pod) return pod;
  throw new ServiceError("no-endpoints", `${kindOf(ref)} ${ref.name} has no ready pod: wait until one is, or see why it has no endpoints`);
}

const kindOf = ({ resource }: ObjectRef): string => (resource === "services" ? "Service" : resource.replace(/s$/, ""));

async function readyPods(cluster: Cluster, namespace: string | undefined, labels: Record<string, string>, except: string[] = []): Promise<Pod[]> {
  const labelSelector = Object.entries(labels)
    .filter(([key]) => !except.includes(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { items } = await cluster.connection.json<{ items: Pod[] }>({
    path: resourcePath({ ...known.pods, ...(namespace ? { namespace } : {}) }),
    query: { labelSelector },
  });
  return items.filter(isReady);
}

const isReady = ({ status, metadata }: Pod): boolean =>
  !metadata.deletionTimestamp && (status?.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True");

/** The pod with the number of the wanted port: a number, a name, or else the first that its containers tell. */
function portOf(pod: Pod, wanted: string | undefined): PodPort {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const found = wanted === undefined ? ports[0] : ports.find(({ name, containerPort }) => name === wanted || String(containerPort) === wanted);
  const port = found?.containerPort ?? Number(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    const told = ports.map(({ name, containerPort }) => (name ? `${name} (${containerPort})` : String(containerPort))).join(", ");
    throw new ServiceError(
      "no-port",
      `pod ${pod.metadata.name} has no port ${wanted === undefined ? "that it tells of" : `"${wanted}"`}: name a number${told ? `, or one of ${told}` : ""}`,
    );
  }
  return { pod: refOf(pod), port };
}

const refOf = ({ metadata: { name, namespace } }: KubeObject): ObjectRef => ({ ...known.pods, name, ...(namespace ? { namespace } : {}) });
