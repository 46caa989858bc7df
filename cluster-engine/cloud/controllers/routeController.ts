import type { Node, NodeCondition } from "../../../shared/kubernetes/types.ts";
import { Nodes } from "../../api/resources.ts";
import { rfc3339 } from "../../base/clock.ts";
import { causeOf } from "../../client/client.ts";
import { runReconciler, source } from "../../client/reconciler.ts";
import type { Client } from "../../client/types.ts";
import type { Route, Routes } from "../types.ts";
import { loopOptions, messageOf, type CloudControllerContext } from "./context.ts";
import { nodeReference } from "./nodeReference.ts";
import { contains } from "./ranges.ts";

/** ms (--route-reconciliation-period). */
const period = 10_000;
const key = "routes";

/** Makes a route in the cloud for each node's pods, removes those of nodes that are gone, and tells by a condition. */
export function startRouteController(context: CloudControllerContext, routes: Routes): Disposable {
  const nodes = context.informers.of(Nodes);
  const events = context.events("route_controller");
  const { clock, clusterCIDR } = context;
  return runReconciler({
    ...loopOptions(context),
    name: "route",
    workers: 1,
    sources: [
      source(
        nodes,
        () => [key],
        (node, old) => cidrsOf(node).join() !== cidrsOf(old).join(),
      ),
    ],
    reads: [{ synced: clusterCIDR.then(() => undefined) }],
    async reconcile(_, { client }) {
      const existing = await routes.list();
      const { create, remove } = planRoutes(nodes.list(), existing, await clusterCIDR);
      await Promise.all(remove.map((route) => routes.delete(route).catch((error: unknown) => warn("route not deleted", route, error))));
      const failed = new Set<string>();
      await Promise.all(create.map((route) => createRoute(route).catch(() => failed.add(route.targetNode))));
      await Promise.all(nodes.list().map((node) => setCondition(client, node, cidrsOf(node).length > 0 && !failed.has(node.metadata.name))));
      return { requeueAfter: period };
    },
  });

  async function createRoute(route: Route): Promise<void> {
    const started = clock.monotonic();
    try {
      await routes.create(route);
    } catch (error) {
      const node = nodes.get(route.targetNode);
      const text = `Could not create route ${route.name} ${route.destinationCIDR} for node ${route.targetNode} after ${Math.round(clock.monotonic() - started)}ms: ${messageOf(error)}`;
      if (node) events.event(nodeReference(node), "Warning", "FailedToCreateRoute", text);
      throw error;
    }
  }

  function warn(message: string, { name, destinationCIDR }: Route, error: unknown): void {
    context.log.warn(message, { route: name, cidr: destinationCIDR, error: messageOf(error) });
  }

  async function setCondition(client: Client, node: Node, created: boolean): Promise<void> {
    const verdict = created
      ? { status: "False", reason: "RouteCreated", message: "RouteController created a route" }
      : { status: "True", reason: "NoRouteCreated", message: "RouteController failed to create a route" };
    const current = node.status?.conditions?.find(({ type }) => type === "NetworkUnavailable");
    if (current?.status === verdict.status && current.reason === verdict.reason) return;
    const now = rfc3339(clock.now());
    const condition: NodeCondition = { type: "NetworkUnavailable", ...verdict, lastHeartbeatTime: now, lastTransitionTime: now };
    const about = client.because(causeOf(Nodes, node));
    await about.resource(Nodes).patch(node.metadata, { status: { conditions: [condition] } }, { subresource: "status" });
  }
}

const cidrsOf = ({ spec }: Node): string[] => spec?.podCIDRs ?? [];

/** Which routes are missing, and which lead to nodes that are gone or no longer have the addresses. */
export function planRoutes(nodes: Node[], existing: Route[], clusterCIDR: string): { create: Route[]; remove: Route[] } {
  const wanted = nodes.flatMap((node) =>
    cidrsOf(node).map((destinationCIDR): Route => ({ name: node.metadata.uid, targetNode: node.metadata.name, destinationCIDR })),
  );
  const same = (a: Route, b: Route) => a.targetNode === b.targetNode && a.destinationCIDR === b.destinationCIDR;
  const isWanted = (route: Route) => !route.blackhole && wanted.some((other) => same(route, other));
  return {
    create: wanted.filter((route) => !existing.some((other) => !other.blackhole && same(route, other))),
    remove: existing.filter((route) => contains(clusterCIDR, route.destinationCIDR) && !isWanted(route)),
  };
}
