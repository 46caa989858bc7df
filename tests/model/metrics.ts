import type { ApiRequest, Transport } from "../../cluster-engine/client/types.ts";
import { Pods } from "../../cluster-engine/api/resources.ts";
import { isReady } from "./invariants/pods.ts";
import type { World } from "./world.ts";

const path = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/;

/** Answers the resource metrics API, which no part of the cluster serves: every ready pod uses `world.usage` of CPU. */
export function withMetrics(inner: Transport, world: World): Transport {
  const answer = ({ query }: ApiRequest, namespace: string) => {
    const [key, value] = String(query?.["labelSelector"] ?? "").split("=");
    const pods = world.history.list(Pods, namespace).filter((pod) => isReady(pod) && pod.metadata.labels?.[key!] === value);
    const timestamp = new Date(world.wall).toISOString();
    const containers = [{ name: "main", usage: { cpu: `${world.usage}m`, memory: "10Mi" } }];
    return { items: pods.map(({ metadata: { name } }) => ({ metadata: { name }, timestamp, window: "30s", containers })) };
  };
  return {
    watch: (request, sink) => inner.watch(request, sink),
    async send(request) {
      const namespace = path.exec(request.path)?.[1];
      return namespace ? answer(request, namespace) : inner.send(request);
    },
  };
}
