import type { LoadBalancerStatus, Node, Service } from "../../shared/kubernetes/types.ts";

/**
 * What a cloud provider does for Services of type LoadBalancer (k8s.io/cloud-provider, LoadBalancer).
 * Calls are idempotent; errors are shown to the user in the Service's events.
 */
export interface LoadBalancers {
  /** The load balancer's status; undefined when there is none. */
  status(service: Service): Promise<LoadBalancerStatus | undefined>;
  /** Creates or updates it, and answers where it is reached. */
  ensure(service: Service, nodes: Node[]): Promise<LoadBalancerStatus>;
  ensureDeleted(service: Service): Promise<void>;
}

/** What a cloud provider knows of a node's machine. */
export interface Instances {
  exists(node: Node): Promise<boolean>;
  isShutDown(node: Node): Promise<boolean>;
  metadata(node: Node): Promise<{ providerID: string; instanceType: string; zone: string; region: string }>;
}

export interface CloudProvider {
  /** `local`. */
  name: string;
  loadBalancers: LoadBalancers;
  instances: Instances;
}
