import type { ObjectRef } from "../../../shared/contract.ts";
import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import { resourcePath } from "../clusters/discovery.ts";
import { ServiceError } from "../errors.ts";
import { getObject } from "../objects/api.ts";
import type { RequestHandlers } from "../port/types.ts";
import { known } from "../watch/resources.ts";
import { type Forward, startForward } from "./portForward.ts";
import { portToOpen, serviceUrl } from "./serviceUrl.ts";

/** `services.open`: the Service's own address, or a port-forward that stays open until services end. */
export function serviceRequests(clusters: Clusters): { requests: Pick<RequestHandlers, "services.open">; close(): void } {
  const forwards = new Map<string, Promise<Forward>>();
  const forwardTo = (cluster: Cluster, ref: ObjectRef, wanted: string | undefined): Promise<Forward> => {
    const key = JSON.stringify([cluster.id, ref, wanted]);
    let forward = forwards.get(key);
    if (!forward) {
      forward = startForward(cluster, () => endpointOf(cluster, ref, wanted));
      forwards.set(key, forward);
      forward.catch(() => forwards.delete(key));
    }
    return forward;
  };
  return {
    requests: {
      "services.open": async ({ cluster: id, object, port }) => {
        const cluster = clusters.get(id);
        const service = await getObject<Service>(cluster, object);
        const own = serviceUrl(service, hostOf(cluster), port);
        if (own) return { url: own };
        await endpointOf(cluster, object, port);
        const { localPort } = await forwardTo(cluster, object, port);
        return { url: `http://127.0.0.1:${localPort}` };
      },
    },
    close() {
      for (const forward of forwards.values()) void forward.then((one) => one[Symbol.dispose]()).catch(() => {});
    },
  };
}

/** Where node ports are reached: known only for the local cluster. */
const hostOf = (cluster: Cluster): string | undefined => (cluster.local ? "127.0.0.1" : undefined);

/** A ready pod of the Service and the port on it. @throws ServiceError when there is none. */
async function endpointOf(cluster: Cluster, ref: ObjectRef, wanted: string | undefined): Promise<{ pod: ObjectRef; port: number }> {
  const service = await getObject<Service>(cluster, ref);
  const port = portToOpen(service, wanted);
  if (!port) throw new ServiceError("no-port", `Service ${ref.name} has no port${wanted ? ` "${wanted}"` : ""} to open`);
  const selector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (!selector) throw new ServiceError("no-selector", `Service ${ref.name} selects no pods: there is nothing to open`);
  const { items } = await cluster.connection.json<{ items: Pod[] }>({
    path: resourcePath({ ...known.pods, namespace: ref.namespace }),
    query: { labelSelector: selector },
  });
  const pod = items.find(
    ({ status, metadata }) =>
      !metadata.deletionTimestamp && status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
  );
  if (!pod) throw new ServiceError("no-endpoints", `Service ${ref.name} has no ready pod: wait until one is, or see why it has no endpoints`);
  return { pod: { ...known.pods, namespace: ref.namespace, name: pod.metadata.name }, port: numberOf(port.targetPort ?? port.port, pod) };
}

function numberOf(target: number | string, pod: Pod): number {
  if (typeof target === "number") return target;
  const named = pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target);
  return named?.containerPort ?? Number(target);
}
