import type { Service } from "../../../shared/kubernetes/types.ts";
import type { Cluster } from "../clusters/cluster.ts";
import type { Clusters } from "../clusters/clusters.ts";
import type { Forwards } from "../forwards/forwards.ts";
import { getObject } from "../objects/api.ts";
import type { RequestHandlers } from "../port/types.ts";
import { serviceUrl } from "./serviceUrl.ts";

/** `services.open`: the Service's own address, or a forward, which is then in the list of forwards. */
export const serviceRequests = (clusters: Clusters, forwards: Forwards): Pick<RequestHandlers, "services.open"> => ({
  "services.open": async ({ cluster: id, object, port }) => {
    const cluster = clusters.get(id);
    const own = serviceUrl(await getObject<Service>(cluster, object), hostOf(cluster), port);
    if (own) return { url: own };
    const { localPort } = await forwards.start({ cluster: id, object, port });
    return { url: `http://127.0.0.1:${localPort}` };
  },
});

/** Where node ports are reached: known only for the local cluster. */
const hostOf = (cluster: Cluster): string | undefined => (cluster.local ? "127.0.0.1" : undefined);
