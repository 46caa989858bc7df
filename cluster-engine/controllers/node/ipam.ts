import { Nodes } from "../../api/resources.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import { loopOptions, type Controller } from "../types.ts";
import { firstFreeSubnet } from "./subnets.ts";
import { nodeReference } from "./lifecycle.ts";

/** Gives each node its own /24 of the cluster's pod addresses (`spec.podCIDR`). */
export const nodeIpamController: Controller = {
  name: "node-ipam-controller",
  account: "node-controller",
  component: "cidrAllocator",
  start(context) {
    const nodes = context.informers.of(Nodes);
    const { clusterCIDR } = context.inputs;
    // By node, until the cache shows them: each choice must see those before.
    const chosen = new Map<string, string>();
    return runReconciler({
      ...loopOptions(context),
      name: "node-ipam",
      workers: 10,
      sources: [source(nodes)],
      reads: [{ synced: clusterCIDR.then(() => undefined) }],
      async reconcile(name, { client }) {
        const node = nodes.get(name);
        if (!node || node.metadata.deletionTimestamp || node.spec?.podCIDR) return void chosen.delete(name);
        const range = await clusterCIDR;
        const taken = new Set([...nodes.list().flatMap(({ spec }) => spec?.podCIDR ?? []), ...chosen.values()]);
        const podCIDR = chosen.get(name) ?? firstFreeSubnet(range, 24, taken);
        if (podCIDR === undefined) {
          context.events.event(nodeReference(node), "Normal", "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
          throw new Error(
            `failed to allocate cidr from cluster cidr for node ${name}: CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range`,
          );
        }
        chosen.set(name, podCIDR);
        await client.resource(Nodes).patch(node.metadata, { spec: { podCIDR, podCIDRs: [podCIDR] } });
      },
    });
  },
};
