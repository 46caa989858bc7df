import { beforeEach, expect, test } from "vitest";
import type { Service } from "../../../shared/kubernetes/types.ts";
import { Services } from "../../api/resources.ts";
import { StatusError } from "../../api/statusError.ts";
import { createClient } from "../../client/client.ts";
import { localCloud } from "../local.ts";
import type { CloudProvider } from "../types.ts";
import { finalizer } from "./serviceWrites.ts";
import { TestCluster } from "./testCluster.ts";

let cluster: TestCluster;
let failure: string | undefined;
/** Calls that change something, as `ensure a,b`. */
let calls: string[];

function recordingCloud(): CloudProvider {
  const local = localCloud();
  const call = (text: string) => {
    calls.push(text);
    if (failure) throw new Error(failure);
  };
  return {
    ...local,
    loadBalancers: {
      status: local.loadBalancers.status,
      async ensure(service, nodes) {
        call(`ensure ${nodes.map(({ metadata }) => metadata.name).join()}`);
        return local.loadBalancers.ensure(service, nodes);
      },
      update: async (_, nodes) => call(`update ${nodes.map(({ metadata }) => metadata.name).join()}`),
      ensureDeleted: async () => call("delete"),
    },
  };
}

beforeEach(async () => {
  failure = undefined;
  calls = [];
  cluster = new TestCluster();
  await cluster.makeNode("a");
  await cluster.start(recordingCloud());
});

async function makeService(spec: Partial<Service["spec"]> = {}): Promise<Service> {
  const made = cluster.api.put(Services, {
    metadata: { name: "web", namespace: "default" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...spec },
  });
  await cluster.step(0);
  return made;
}

async function edit(change: (draft: Service) => void): Promise<void> {
  cluster.api.change(Services, "default/web", change);
  await cluster.step(0);
}

const service = () => cluster.api.get(Services, "default/web");
const ensuredEvents = ["Normal EnsuringLoadBalancer Ensuring load balancer", "Normal EnsuredLoadBalancer Ensured load balancer"];
const deletedEvents = ["Normal DeletingLoadBalancer Deleting load balancer", "Normal DeletedLoadBalancer Deleted load balancer"];

test("a LoadBalancer gets an address, and is ensured again only when what it is made of changes", async () => {
  const made = await makeService();
  expect(service()).toMatchObject({ metadata: { finalizers: [finalizer] }, status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } });
  await edit((draft) => (draft.metadata.labels = { a: "b" }));
  expect(cluster.eventsOf(made)).toEqual(ensuredEvents);
  expect(calls).toEqual(["ensure a"]);
  await edit((draft) => (draft.spec!.ports = [{ port: 81 }]));
  await edit((draft) => (draft.metadata.annotations = { internal: "true" }));
  expect(calls).toEqual(["ensure a", "ensure a", "ensure a"]);
});

test("a change of type releases it, with its address, and another change brings it back", async () => {
  const made = await makeService();
  await edit((draft) => (draft.spec!.type = "ClusterIP"));
  expect(service()!.metadata.finalizers).toBeUndefined();
  expect(service()!.status!.loadBalancer).toEqual({});
  expect(cluster.eventsOf(made)).toEqual([...ensuredEvents, ...deletedEvents]);
  await edit((draft) => (draft.spec!.type = "LoadBalancer"));
  expect(service()!.metadata.finalizers).toEqual([finalizer]);
  expect(calls).toEqual(["ensure a", "delete", "ensure a"]);
});

test("a deleted Service is held until its load balancer is gone", async () => {
  const made = await makeService();
  failure = "busy";
  await createClient(cluster.api).resource(Services).delete({ namespace: "default", name: "web" });
  await cluster.step(0);
  expect(service()).toBeDefined();
  expect(cluster.eventsOf(made)).toContain("Warning SyncLoadBalancerFailed Error syncing load balancer: failed to delete load balancer: busy");
  failure = undefined;
  await cluster.step(5000);
  expect(service()).toBeUndefined();
});

test("the load balancer of a Service that vanished is deleted all the same", async () => {
  const made = await makeService();
  cluster.api.remove(Services, "default/web");
  await cluster.step(0);
  expect(calls).toEqual(["ensure a", "delete"]);
  expect(cluster.eventsOf(made)).toEqual([...ensuredEvents, ...deletedEvents]);
});

test("a failure is told and tried again after five seconds, then ten", async () => {
  failure = "no address left";
  const made = await makeService();
  expect(cluster.eventsOf(made)).toContain(
    "Warning SyncLoadBalancerFailed Error syncing load balancer: failed to ensure load balancer: no address left",
  );
  await cluster.step(4999);
  expect(calls).toHaveLength(1);
  await cluster.step(1);
  expect(calls).toHaveLength(2);
  failure = undefined;
  await cluster.step(10_000);
  expect(service()!.status!.loadBalancer!.ingress).toEqual([{ ip: "127.0.0.1" }]);
});

test("an address that could not be written is written later", async () => {
  cluster.api.intercept(
    ({ method, body }) => method === "PATCH" && JSON.stringify(body).includes("ingress"),
    () => {
      throw new StatusError(500, "InternalError", "oops");
    },
  );
  await makeService();
  expect(service()!.status).toBeUndefined();
  await cluster.step(5000);
  expect(service()!.status!.loadBalancer!.ingress).toEqual([{ ip: "127.0.0.1" }]);
});

test.each([
  ["of another type", { type: "NodePort" as const }],
  ["of a class of its own", { loadBalancerClass: "example.com/lb" }],
])("a Service %s is left alone", async (_, spec) => {
  await makeService(spec);
  expect(service()!.metadata.finalizers).toBeUndefined();
  expect(calls).toEqual([]);
});

test("load balancers follow the nodes, but not those that are excluded or about to go", async () => {
  const made = await makeService();
  await cluster.makeNode("b");
  await cluster.makeNode("c", {}, { "node.kubernetes.io/exclude-from-external-load-balancers": "" });
  await cluster.makeNode("d", { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] });
  await cluster.setReady("a", "False");
  expect(calls).toEqual(["ensure a", "update a,b"]);
  expect(cluster.eventsOf(made)).toContain("Normal UpdatedLoadBalancer Updated load balancer with new hosts");
});

test("a load balancer without nodes says so", async () => {
  const made = await makeService();
  cluster.api.remove({ group: "", version: "v1", resource: "nodes", kind: "Node", namespaced: false }, { name: "a" });
  await cluster.step(0);
  expect(cluster.eventsOf(made)).toContain("Warning UnAvailableLoadBalancer There are no available nodes for LoadBalancer");
});

test("a failed change of nodes is told", async () => {
  const made = await makeService();
  failure = "busy";
  await cluster.makeNode("b");
  expect(cluster.eventsOf(made)).toContain(
    "Warning UpdateLoadBalancerFailed Error updating load balancer with new hosts [a b] [node names limited, total number of nodes: 2], error: busy",
  );
});
