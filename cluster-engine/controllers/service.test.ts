import { beforeEach, expect, test } from "vitest";
import type { Service } from "../../shared/kubernetes/types.ts";
import { ClusterRoles, Services } from "../api/resources.ts";
import { createClient } from "../client/client.ts";
import { localCloud } from "../cloud/local.ts";
import { clusterRoleAggregationController } from "./clusterRoleAggregation.ts";
import { FakeCluster } from "./fakeCluster.ts";
import { serviceController } from "./service.ts";

const finalizer = "service.kubernetes.io/load-balancer-cleanup";

let cluster: FakeCluster;
let failing: boolean;

beforeEach(async () => {
  failing = false;
  const { loadBalancers } = localCloud();
  const ensure: typeof loadBalancers.ensure = async (...request) => {
    if (failing) throw new Error("no address left");
    return loadBalancers.ensure(...request);
  };
  cluster = new FakeCluster({ loadBalancers: { ...loadBalancers, ensure } });
  await cluster.start(serviceController, clusterRoleAggregationController);
});

async function makeService(spec: Partial<Service["spec"]> = {}): Promise<Service> {
  const made = cluster.api.put(Services, {
    metadata: { name: "web", namespace: "default" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...spec },
  });
  await cluster.settle();
  return made;
}

const service = () => cluster.api.get(Services, "default/web");

test("a LoadBalancer gets this machine's address, once", async () => {
  const made = await makeService();
  expect(service()).toMatchObject({ metadata: { finalizers: [finalizer] }, status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } });
  cluster.api.change(Services, "default/web", (draft) => (draft.metadata.labels = { a: "b" }));
  await cluster.settle();
  expect(cluster.eventsOf(made)).toEqual(["Normal EnsuringLoadBalancer Ensuring load balancer", "Normal EnsuredLoadBalancer Ensured load balancer"]);
});

test("deletion and a change of type release it", async () => {
  const made = await makeService();
  cluster.api.change(Services, "default/web", (draft) => (draft.spec!.type = "ClusterIP"));
  await cluster.settle();
  expect(service()!.metadata.finalizers).toBeUndefined();
  expect(service()!.status!.loadBalancer).toEqual({});
  expect(cluster.eventsOf(made)).toContain("Normal DeletedLoadBalancer Deleted load balancer");
  cluster.api.change(Services, "default/web", (draft) => (draft.spec!.type = "LoadBalancer"));
  await cluster.settle();
  expect(service()!.metadata.finalizers).toEqual([finalizer]);
  await createClient(cluster.api).resource(Services).delete({ namespace: "default", name: "web" });
  await cluster.settle();
  expect(service()).toBeUndefined();
});

test("a failure is told and tried again", async () => {
  failing = true;
  const made = await makeService();
  expect(cluster.eventsOf(made)).toContain("Warning SyncLoadBalancerFailed Error syncing load balancer: no address left");
  failing = false;
  await cluster.step(10_000);
  expect(service()!.status!.loadBalancer!.ingress).toEqual([{ ip: "127.0.0.1" }]);
});

test.each([
  ["of another type", { type: "NodePort" as const }],
  ["of a class of its own", { loadBalancerClass: "example.com/lb" }],
])("a Service %s is left alone", async (_, spec) => {
  await makeService(spec);
  expect(service()!.metadata.finalizers).toBeUndefined();
});

test("an aggregated ClusterRole has the rules of its parts", async () => {
  const rule = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
  cluster.api.put(ClusterRoles, {
    metadata: { name: "all" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "yes" } }] },
    rules: [],
  });
  for (const name of ["b", "a"]) cluster.api.put(ClusterRoles, { metadata: { name, labels: { part: "yes" } }, rules: [rule(name), rule("shared")] });
  cluster.api.put(ClusterRoles, { metadata: { name: "other" }, rules: [rule("other")] });
  await cluster.settle();
  expect(cluster.api.must(ClusterRoles, "all").rules).toEqual([rule("a"), rule("shared"), rule("b")]);
});
