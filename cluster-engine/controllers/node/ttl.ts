import { Nodes } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";

const annotation = "node.alpha.kubernetes.io/ttl";

/** Seconds for which kubelets may trust their cached Secrets and ConfigMaps, by the number of nodes. Steps overlap, so that a cluster at their edge does not change for each node. */
const steps: { least: number; most: number; seconds: number }[] = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Number.POSITIVE_INFINITY, seconds: 300 },
];

/** The step for so many nodes, coming from `current`. */
export function nextStep(current: number, count: number): number {
  let step = current;
  while (count > steps[step]!.most) step++;
  while (count < steps[step]!.least) step--;
  return step;
}

/** Tells kubelets by an annotation how long to cache, larger clusters longer. */
export const ttlController: Controller = {
  name: "ttl-controller",
  account: "ttl-controller",
  start(context) {
    const nodes = context.informers.of(Nodes);
    let step = 0;
    return runReconciler({
      ...loopOptions(context),
      name: "ttl",
      sources: [source(nodes)],
      async reconcile(name, { client }) {
        const node = nodes.get(name);
        step = nextStep(step, nodes.list().length);
        const seconds = String(steps[step]!.seconds);
        if (!node || node.metadata.annotations?.[annotation] === seconds) return;
        await client.resource(Nodes).patch(node.metadata, { metadata: { annotations: { [annotation]: seconds } } });
      },
    });
  },
};
