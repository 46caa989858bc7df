import { expect, test } from "vitest";
import type { Node, Service } from "../../shared/kubernetes/types.ts";
import type { CloudProvider } from "./types.ts";

const service = (uid: string): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: uid, namespace: "default", uid, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
});

const node = (name: string, providerID?: string): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, namespace: "", uid: name, resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: providerID ? { providerID } : {},
  status: { addresses: [{ type: "InternalIP", address: "10.0.0.1" }] },
});

/** What every cloud provider must do. `create` gives a new one; `during` lets its time pass until a call is through. */
export function cloudContract(create: () => CloudProvider, during: <T>(call: Promise<T>) => Promise<T> = (call) => call): void {
  test("a load balancer is there from ensure until ensureDeleted, and both may be repeated", async () => {
    const { loadBalancers } = create();
    const web = service("web");
    expect(await loadBalancers.status(web)).toBeUndefined();
    const made = await during(loadBalancers.ensure(web, [node("a")]));
    expect(made.ingress!.length).toBeGreaterThan(0);
    for (const { ip, hostname } of made.ingress!) expect(ip ?? hostname).toBeTruthy();
    const told = { ...web, status: { loadBalancer: made } };
    expect(await loadBalancers.status(told)).toEqual(made);
    expect(await during(loadBalancers.ensure(told, [node("a"), node("b")]))).toEqual(made);
    await during(loadBalancers.update(told, []));
    for (let i = 0; i < 2; i++) await during(loadBalancers.ensureDeleted(told));
    expect(await loadBalancers.status(web)).toBeUndefined();
  });

  test("deleting what was never made is no error", async () => {
    await during(create().loadBalancers.ensureDeleted(service("none")));
  });

  test("a node's machine is told of in the same way each time, and keeps the id that its node has", async () => {
    const { instances, machines } = create();
    if (machines) await during(machines.launch("node-1"));
    const metadata = await during(instances.metadata(node("node-1")));
    expect(metadata.providerID).toMatch(/^[a-z]+:\/\/\S+/);
    expect([metadata.instanceType, metadata.zone, metadata.region].every(Boolean)).toBe(true);
    expect(await during(instances.metadata(node("node-1")))).toEqual(metadata);
    expect((await during(instances.metadata(node("node-1", metadata.providerID)))).providerID).toBe(metadata.providerID);
    expect(await instances.exists(node("node-1", metadata.providerID))).toBe(true);
    expect(await instances.isShutDown(node("node-1"))).toBe(false);
  });

  test("routes are there from create until delete", async () => {
    const { routes } = create();
    const route = { name: "r", targetNode: "node-1", destinationCIDR: "10.244.0.0/24" };
    if (!routes) return expect(routes).toBeUndefined();
    for (let i = 0; i < 2; i++) await during(routes.create(route));
    expect(await routes.list()).toEqual([route]);
    for (let i = 0; i < 2; i++) await during(routes.delete(route));
    expect(await routes.list()).toEqual([]);
  });
}
