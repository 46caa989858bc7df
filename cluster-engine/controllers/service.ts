import type { LoadBalancerStatus, Node, Service } from "../../shared/kubernetes/types.ts";
import { Nodes, Services } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { runReconciler, source } from "../client/reconciler.ts";
import type { Client, Informer } from "../client/types.ts";
import { findCondition } from "./conditions.ts";
import { semanticEqual } from "./equality.ts";
import { messageOf } from "./podControl.ts";
import { loopOptions, type Controller, type ControllerContext } from "./types.ts";

const finalizer = "service.kubernetes.io/load-balancer-cleanup";
const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

/** Asks the cloud for what Services of type LoadBalancer need, and writes where they are reached. */
export const serviceController: Controller = {
  name: "service-lb-controller",
  account: "service-controller",
  start(context) {
    const services = context.informers.of(Services);
    const nodes = context.informers.of(Nodes);
    // What was ensured last, by uid: repeats without a change are no news.
    const ensured = new Map<string, unknown>();
    return runReconciler({
      ...loopOptions(context),
      name: "service",
      maxDelay: 300_000,
      sources: [source(services)],
      reads: [nodes],
      async reconcile(key, { client }) {
        const service = services.get(key);
        if (!service) return;
        try {
          if (wantsLoadBalancer(service)) await ensure(context, client, service, nodes, ensured);
          else await release(context, client, service, ensured);
        } catch (error) {
          context.events.event(service, "Warning", "SyncLoadBalancerFailed", `Error syncing load balancer: ${messageOf(error)}`);
          throw error;
        }
      },
    });
  },
};

/** A Service that names a class is left to who serves that class. */
const wantsLoadBalancer = ({ spec, metadata }: Service): boolean =>
  spec?.type === "LoadBalancer" && !spec.loadBalancerClass && !metadata.deletionTimestamp;

async function ensure(
  { events, inputs }: ControllerContext,
  client: Client,
  service: Service,
  nodes: Informer<Node>,
  ensured: Map<string, unknown>,
): Promise<void> {
  const wish = { spec: service.spec, annotations: service.metadata.annotations };
  const told = semanticEqual(ensured.get(service.metadata.uid), wish);
  if (told && service.status?.loadBalancer?.ingress?.length) return;
  if (!told) events.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
  const held = await setFinalizer(client, service, true);
  const status = await inputs.loadBalancers.ensure(held, usableNodes(nodes));
  await setStatus(client, held, status);
  ensured.set(service.metadata.uid, wish);
  if (!told) events.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
}

async function release({ events, inputs }: ControllerContext, client: Client, service: Service, ensured: Map<string, unknown>): Promise<void> {
  const { metadata } = service;
  ensured.delete(metadata.uid);
  if (!metadata.finalizers?.includes(finalizer)) return;
  if (await inputs.loadBalancers.status(service)) {
    events.event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
    await inputs.loadBalancers.ensureDeleted(service);
  }
  const cleared = metadata.deletionTimestamp ? service : await setStatus(client, service, {});
  await setFinalizer(client, cleared, false);
  events.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
}

const usableNodes = (nodes: Informer<Node>): Node[] =>
  nodes
    .list()
    .filter(({ metadata, status }) => !(excludeLabel in (metadata.labels ?? {})) && findCondition(status?.conditions, "Ready")?.status === "True");

/** The service account may write Services through their status only, finalizers included. */
const throughStatus = { type: "merge", subresource: "status" } as const;

async function setFinalizer(client: Client, service: Service, present: boolean): Promise<Service> {
  const { finalizers = [], resourceVersion } = service.metadata;
  if (finalizers.includes(finalizer) === present) return service;
  const next = present ? [...finalizers, finalizer] : finalizers.filter((each) => each !== finalizer);
  try {
    return await client
      .resource(Services)
      .patch(
        service.metadata,
        { metadata: { resourceVersion, finalizers: next.length > 0 ? next : null } },
        { type: "merge", subresource: "status" },
      );
  } catch (error) {
    if (!present && hasReason(error, "NotFound")) return service;
    throw error;
  }
}

async function setStatus(client: Client, service: Service, loadBalancer: LoadBalancerStatus): Promise<Service> {
  if (semanticEqual(withoutDefaults(service.status?.loadBalancer), loadBalancer)) return service;
  return client.resource(Services).patch(service.metadata, { status: { loadBalancer: { ingress: loadBalancer.ingress ?? null } } }, throughStatus);
}

/** `ipMode` is set by the server. */
const withoutDefaults = (status: LoadBalancerStatus = {}): LoadBalancerStatus => ({
  ...status,
  ingress: status.ingress?.map((ingress) => ({ ...ingress, ipMode: undefined })),
});
