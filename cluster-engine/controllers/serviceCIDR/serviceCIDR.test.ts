import { expect, test } from "vitest";
import type { ServiceCIDR } from "../../../shared/kubernetes/types.ts";
import { IPAddresses, ServiceCIDRs, Services } from "../../api/resources.ts";
import { createClient } from "../../client/client.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { isFree, serviceCIDRController } from "./controller.ts";
import { containsAddress, containsRange } from "./ranges.ts";

async function start() {
  const cluster = new FakeCluster();
  await cluster.start(serviceCIDRController);
  const put = async (name: string, ...cidrs: string[]) => {
    cluster.api.put(ServiceCIDRs, { metadata: { name }, spec: { cidrs } });
    await cluster.settle();
  };
  const remove = async (name: string) => {
    await createClient(cluster.api).resource(ServiceCIDRs).delete({ name });
    await cluster.settle();
  };
  const range = (name: string) => cluster.api.get(ServiceCIDRs, name);
  return { cluster, put, remove, range };
}

test("a range is held and said to be ready", async () => {
  const { put, range } = await start();
  await put("more", "10.97.0.0/16");
  expect(range("more")).toMatchObject({
    metadata: { finalizers: ["networking.k8s.io/service-cidr-finalizer"] },
    status: { conditions: [{ type: "Ready", status: "True", reason: "", message: "Kubernetes Service CIDR is ready" }] },
  });
});

test("a range that a Service has an address of stays, and goes a little after the Service", async () => {
  const { cluster, put, remove, range } = await start();
  await put("more", "10.97.0.0/16");
  cluster.api.put(Services, { metadata: { name: "web", namespace: "default" }, spec: { clusterIPs: ["10.97.0.9"] } });
  cluster.api.put(IPAddresses, { metadata: { name: "10.97.0.9" }, spec: { parentRef: { resource: "services", namespace: "default", name: "web" } } });
  await remove("more");
  expect(range("more")!.status!.conditions).toMatchObject([{ type: "Ready", status: "False", reason: "Terminating" }]);
  cluster.api.remove(Services, "default/web");
  cluster.api.remove(IPAddresses, "10.97.0.9");
  await cluster.step(9000);
  expect(range("more")).toBeDefined();
  await cluster.step(2000);
  expect(range("more")).toBeUndefined();
});

const rangeOf = (cidrs: string[], deleted = false) =>
  ({ metadata: { uid: cidrs.join(), ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) }, spec: { cidrs } }) as ServiceCIDR;

test.each<[string, string[], ServiceCIDR[], string[], boolean]>([
  ["that nobody uses", ["10.97.0.0/16"], [], ["10.96.0.1"], true],
  ["with an address in use", ["10.97.0.0/16"], [], ["10.97.0.1"], false],
  ["inside another", ["10.97.1.0/24"], [rangeOf(["10.97.0.0/16"])], ["10.97.1.1"], true],
  ["inside another that goes too", ["10.97.1.0/24"], [rangeOf(["10.97.0.0/16"], true)], ["10.97.1.1"], false],
  ["whose address is in a smaller one", ["10.97.0.0/16"], [rangeOf(["10.97.1.0/24"])], ["10.97.1.1"], true],
  ["of two families with one in use", ["10.97.0.0/16", "fd00::/108"], [], ["fd00::5"], false],
])("a range %s can go: %j", (_, cidrs, others, used, expected) => {
  expect(isFree(rangeOf(cidrs), others, used)).toBe(expected);
});

test.each([
  ["10.96.0.0/16", "10.96.255.255", true],
  ["10.96.0.0/16", "10.97.0.0", false],
  ["fd00::/108", "fd00::ff", true],
  ["fd00::/108", "10.96.0.1", false],
  ["nonsense", "10.96.0.1", false],
])("%s contains %s: %s", (cidr, address, expected) => {
  expect(containsAddress(cidr, address)).toBe(expected);
});

test("a range contains smaller ones and itself", () => {
  expect(["10.96.0.0/16", "10.96.8.0/24", "10.0.0.0/8"].map((inner) => containsRange("10.96.0.0/16", inner))).toEqual([true, true, false]);
});
