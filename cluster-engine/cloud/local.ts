import type { CloudProvider } from "./types.ts";

/** Where this machine answers for load balancers. */
const loopback = "127.0.0.1";

/**
 * The cloud of one machine: a load balancer is this machine's loopback address, on which the network listens at the
 * Service's own ports; a node is as alive as the process that runs it.
 */
export function localCloud(): CloudProvider {
  const status = async () => ({ ingress: [{ ip: loopback }] });
  return {
    name: "local",
    loadBalancers: {
      status: async (service) => (service.status?.loadBalancer?.ingress?.length ? service.status.loadBalancer : undefined),
      ensure: status,
      update: async () => undefined,
      ensureDeleted: async () => undefined,
    },
    instances: {
      exists: async () => true,
      isShutDown: async () => false,
      metadata: async (node) => ({ providerID: `local://${node.metadata.name}`, instanceType: "local", zone: "local", region: "local" }),
    },
  };
}
