import { beforeEach, expect, test } from "vitest";
import type { Service } from "../../../shared/kubernetes/types.ts";
import { Endpoints, EndpointSlices, Services } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { endpointSliceMirroringController } from "./mirroring.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(endpointSliceMirroringController);
});

async function make(spec: Partial<Service["spec"]> = {}, labels: Record<string, string> = { team: "a" }): Promise<void> {
  cluster.api.put(Services, { metadata: { name: "db", namespace: "default" }, spec: { ports: [{ port: 5432 }], ...spec } });
  cluster.api.put(Endpoints, {
    metadata: { name: "db", namespace: "default", labels, annotations: { note: "x" } },
    subsets: [
      { addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }], notReadyAddresses: [{ ip: "192.0.2.2" }], ports: [{ port: 5432, protocol: "TCP" }] },
    ],
  });
  await cluster.settle();
}

const slices = () => cluster.api.all(EndpointSlices).sort((a, b) => (a.addressType < b.addressType ? -1 : 1));

test("Endpoints without a selector are mirrored, a slice a family", async () => {
  await make();
  expect(slices()).toMatchObject([
    {
      addressType: "IPv4",
      metadata: {
        labels: {
          team: "a",
          "kubernetes.io/service-name": "db",
          "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
        },
        annotations: { note: "x" },
        ownerReferences: [{ kind: "Endpoints", name: "db" }],
      },
      ports: [{ name: "", port: 5432, protocol: "TCP" }],
      endpoints: [
        { addresses: ["192.0.2.1"], conditions: { ready: true } },
        { addresses: ["192.0.2.2"], conditions: { ready: false } },
      ],
    },
    { addressType: "IPv6", endpoints: [{ addresses: ["2001:db8::1"] }] },
  ]);
});

test("the mirror follows its Endpoints, and goes with them", async () => {
  await make();
  cluster.api.change(Endpoints, "default/db", (draft) => (draft.subsets![0]!.addresses = [{ ip: "192.0.2.9" }]));
  await cluster.settle();
  expect(slices().map(({ endpoints }) => endpoints!.map(({ addresses }) => addresses[0]))).toEqual([["192.0.2.2", "192.0.2.9"]]);
  cluster.api.remove(Endpoints, "default/db");
  await cluster.settle();
  expect(slices()).toEqual([]);
});

test.each([
  ["of a Service with a selector", { selector: { app: "db" } }, {}],
  ["that ask to be skipped", {}, { "endpointslice.kubernetes.io/skip-mirror": "true" }],
])("Endpoints %s are left alone", async (_, spec, labels) => {
  await make(spec, labels as Record<string, string>);
  expect(slices()).toEqual([]);
});

test("addresses that are no IP addresses or too many are left out, and that is told", async () => {
  await make();
  const many = Array.from({ length: 1001 }, (_, i) => ({ ip: `10.0.${Math.floor(i / 250)}.${i % 250}` }));
  cluster.api.change(Endpoints, "default/db", (draft) => (draft.subsets = [{ addresses: [{ ip: "not-an-ip" }, ...many] }]));
  await cluster.settle();
  expect(slices().reduce((sum, { endpoints }) => sum + endpoints!.length, 0)).toBe(1000);
  expect(cluster.eventsOf(cluster.api.must(Endpoints, "default/db"))).toEqual([
    "Warning InvalidIPAddress Skipped 1 invalid IP addresses when mirroring to EndpointSlices",
    "Warning TooManyAddressesToMirror A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 2 addresses were skipped",
  ]);
});
