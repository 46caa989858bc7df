import { Nodes } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";

const annotation = "node.alpha.kubernetes.io/ttl";

/** Seconds for which kubelets may trust their cached Secrets and ConfigMaps, by the number of nodes. */
const steps: [nodes: number, seconds: number][] = [
  [100, 0],
  [500, 15],
  [1000, 30],
  [2000, 60],
  [Number.POSITIVE_INFINITY, 300],
];

/** Tells kubelets by an annotation how long to cache, larger clusters longer. */
export const ttlController: Controller = {
  name: "ttl-controller",
  account: "ttl-controller",
  start(context) {
    const nodes = context.informers.of(Nodes);
    return runReconciler({
      ...loopOptions(context),
      name: "ttl",
      sources: [source(nodes)],
      async reconcile(name, { client }) {
        const node = nodes.get(name);
        const count = nodes.list().length;
        const seconds = String(steps.find(([most]) => count <= most)![1]);
        if (!node || node.metadata.annotations?.[annotation] === seconds) return;
        await client.resource(Nodes).patch(node.metadata, { metadata: { annotations: { [annotation]: seconds } } });
      },
    });
  },
};
