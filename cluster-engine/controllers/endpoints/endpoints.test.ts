import { beforeEach, expect, test } from "vitest";
import type { Pod, Service } from "../../../shared/kubernetes/types.ts";
import { Endpoints, EndpointSlices, Nodes, Pods, Services } from "../../api/resources.ts";
import { FakeCluster } from "../fakeCluster.ts";
import { endpointsController } from "./endpoints.ts";
import { endpointSliceController } from "./slices.ts";

let cluster: FakeCluster;

beforeEach(async () => {
  cluster = new FakeCluster();
  await cluster.start(endpointsController, endpointSliceController);
  cluster.api.put(Nodes, { metadata: { name: "node-1", labels: { "topology.kubernetes.io/zone": "z" } } });
});

async function makePod(name: string, ip: string, more: { ready?: boolean; spec?: Partial<Pod["spec"]> } = {}): Promise<Pod> {
  const { ready = true, spec = {} } = more;
  const containers = [{ name: "web", ports: [{ name: "http", containerPort: 8080, protocol: "TCP" as const }] }];
  const pod = cluster.api.put(Pods, {
    metadata: { name, namespace: "default", labels: { app: "web" } },
    spec: { nodeName: "node-1", containers, ...spec },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  await cluster.settle();
  return pod;
}

async function makeService(spec: Partial<Service["spec"]> = {}): Promise<void> {
  const ports = [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" as const }];
  cluster.api.put(Services, {
    metadata: { name: "web", namespace: "default", labels: { team: "a" } },
    spec: { clusterIP: "10.96.0.9", ipFamilies: ["IPv4"], selector: { app: "web" }, ports, ...spec },
  });
  await cluster.settle();
}

const endpoints = () => cluster.api.get(Endpoints, "default/web");
const slices = () => cluster.api.all(EndpointSlices);
const target = (pod: Pod) => ({ kind: "Pod", namespace: "default", name: pod.metadata.name, uid: pod.metadata.uid });

test("ready and other pods are kept apart, at the port that they name", async () => {
  const [a, b] = [await makePod("a", "10.244.0.2"), await makePod("b", "10.244.0.3", { ready: false })];
  await makeService();
  expect(endpoints()!.subsets).toEqual([
    {
      addresses: [{ ip: "10.244.0.2", nodeName: "node-1", targetRef: target(a) }],
      notReadyAddresses: [{ ip: "10.244.0.3", nodeName: "node-1", targetRef: target(b) }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    },
  ]);
  expect(slices()).toHaveLength(1);
  expect(slices()[0]).toMatchObject({
    metadata: {
      generateName: "web-",
      labels: { team: "a", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
      ownerReferences: [{ kind: "Service", name: "web", controller: true }],
    },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: [
      {
        addresses: ["10.244.0.2"],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: "node-1",
        zone: "z",
        targetRef: target(a),
      },
      {
        addresses: ["10.244.0.3"],
        conditions: { ready: false, serving: false, terminating: false },
        nodeName: "node-1",
        zone: "z",
        targetRef: target(b),
      },
    ],
  });
});

test("follows pods: ready, terminating, gone; an empty slice stays for a Service without any", async () => {
  const pod = await makePod("a", "10.244.0.2", { ready: false });
  await makeService();
  cluster.api.change(Pods, pod.metadata, (draft) => (draft.status!.conditions![0]!.status = "True"));
  await cluster.settle();
  expect(slices()[0]!.endpoints![0]!.conditions).toEqual({ ready: true, serving: true, terminating: false });
  cluster.api.change(Pods, pod.metadata, (draft) => (draft.metadata.deletionTimestamp = "2026-01-01T00:00:30Z"));
  await cluster.settle();
  expect(slices()[0]!.endpoints![0]!.conditions).toEqual({ ready: false, serving: true, terminating: true });
  expect(endpoints()!.subsets).toEqual([]);
  cluster.api.remove(Pods, pod.metadata);
  await cluster.settle();
  expect(slices().map(({ endpoints, ports }) => [endpoints, ports])).toEqual([[[], []]]);
});

test("a headless Service says so, and publishes unready pods when asked to, with their hostnames", async () => {
  await makePod("a", "10.244.0.2", { ready: false, spec: { hostname: "a", subdomain: "web" } });
  await makeService({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(endpoints()!.metadata.labels).toMatchObject({ "service.kubernetes.io/headless": "" });
  expect(endpoints()!.subsets![0]!.addresses).toMatchObject([{ ip: "10.244.0.2", hostname: "a" }]);
  expect(slices()[0]!.endpoints![0]).toMatchObject({ hostname: "a", conditions: { ready: true, serving: false } });
});

test("pods that give a port name different numbers get slices and subsets of their own", async () => {
  await makePod("a", "10.244.0.2");
  await makePod("b", "10.244.0.3", { spec: { containers: [{ name: "web", ports: [{ name: "http", containerPort: 9090, protocol: "TCP" }] }] } });
  await makeService();
  expect(
    slices()
      .map(({ ports }) => ports![0]!.port)
      .sort((a, b) => (a ?? 0) - (b ?? 0)),
  ).toEqual([8080, 9090]);
  expect(
    endpoints()!
      .subsets!.map(({ ports }) => ports![0]!.port)
      .sort((a, b) => (a ?? 0) - (b ?? 0)),
  ).toEqual([8080, 9090]);
});

test("a Service without a selector is left alone, and Endpoints go with their Service", async () => {
  await makePod("a", "10.244.0.2");
  await makeService({ selector: undefined });
  expect([endpoints(), ...slices()]).toEqual([undefined]);
  await makeService();
  expect(endpoints()).toBeDefined();
  cluster.api.remove(Services, "default/web");
  await cluster.settle();
  expect(endpoints()).toBeUndefined();
});

test("a change that moves no traffic writes nothing", async () => {
  const pod = await makePod("a", "10.244.0.2");
  await makeService();
  const before = cluster.api.writes.length;
  cluster.api.change(Pods, pod.metadata, (draft) => (draft.metadata.annotations = { note: "x" }));
  await cluster.settle();
  expect(cluster.api.writes.length).toBe(before);
});

test("beyond a hundred pods there is a second slice, and slices fill up before a third", async () => {
  await makeService();
  for (let i = 0; i < 150; i++)
    cluster.api.put(Pods, {
      metadata: { name: `p${i}`, namespace: "default", labels: { app: "web" } },
      spec: { nodeName: "node-1", containers: [{ name: "web", ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }] }] },
      status: { phase: "Running", podIP: `10.244.1.${i}`, podIPs: [{ ip: `10.244.1.${i}` }], conditions: [{ type: "Ready", status: "True" }] },
    });
  await cluster.settle();
  expect(
    slices()
      .map((slice) => slice.endpoints!.length)
      .sort((a, b) => a - b),
  ).toEqual([50, 100]);
  await makePod("one-more", "10.244.2.1");
  expect(
    slices()
      .map((slice) => slice.endpoints!.length)
      .sort((a, b) => a - b),
  ).toEqual([51, 100]);
});

const zoned = { forZones: [{ name: "z" }] };

test.each<[string, string | undefined, Record<string, string>, object | undefined]>([
  ["none", undefined, {}, undefined],
  ["PreferClose", "PreferClose", {}, zoned],
  ["PreferSameZone", "PreferSameZone", {}, zoned],
  ["PreferSameNode", "PreferSameNode", {}, { ...zoned, forNodes: [{ name: "node-1" }] }],
  ["PreferClose, left to the cluster", "PreferClose", { "service.kubernetes.io/topology-mode": "Auto" }, undefined],
])("hints of traffic distribution %s are on ready endpoints only", async (_, trafficDistribution, annotations, hints) => {
  await makePod("a", "10.244.0.2");
  await makePod("b", "10.244.0.3", { ready: false });
  await makeService();
  cluster.api.change(Services, "default/web", (draft) => {
    draft.spec!.trafficDistribution = trafficDistribution;
    draft.metadata.annotations = annotations;
  });
  await cluster.settle();
  expect(slices()[0]!.endpoints!.map((endpoint) => endpoint.hints)).toEqual([hints, undefined]);
  cluster.api.change(Services, "default/web", (draft) => delete draft.spec!.trafficDistribution);
  await cluster.settle();
  expect(slices()[0]!.endpoints!.map((endpoint) => endpoint.hints)).toEqual([undefined, undefined]);
});

test("one name for two protocols is two ports", async () => {
  const both = (["TCP", "UDP"] as const).map((protocol) => ({ name: "dns", containerPort: 53, protocol }));
  await makePod("a", "10.244.0.2", { spec: { containers: [{ name: "dns", ports: both }] } });
  await makeService({
    ports: [
      { name: "dns-tcp", port: 53, targetPort: "dns", protocol: "TCP" },
      { name: "dns", port: 53, targetPort: "dns", protocol: "UDP" },
    ],
  });
  const expected = [
    { name: "dns-tcp", port: 53, protocol: "TCP" },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  expect(slices()[0]!.ports).toEqual(expected);
  expect(endpoints()!.subsets![0]!.ports).toEqual(expected);
});

test("each family has a slice of its own, Endpoints the main one", async () => {
  const pod = await makePod("a", "10.244.0.2");
  cluster.api.change(Pods, pod.metadata, (draft) => draft.status!.podIPs!.push({ ip: "fd00::2" }));
  await makeService({ ipFamilies: ["IPv6", "IPv4"] });
  expect(Object.fromEntries(slices().map((slice) => [slice.addressType, slice.endpoints![0]!.addresses]))).toEqual({
    IPv4: ["10.244.0.2"],
    IPv6: ["fd00::2"],
  });
  expect(endpoints()!.subsets![0]!.addresses!.map(({ ip }) => ip)).toEqual(["fd00::2"]);
});

test("slices of an earlier Service of the name are replaced", async () => {
  await makePod("a", "10.244.0.2");
  await makeService();
  const [old] = slices();
  cluster.api.change(EndpointSlices, old!.metadata, (draft) => (draft.metadata.ownerReferences![0]!.uid = "earlier"));
  await cluster.settle();
  expect(slices()).toHaveLength(1);
  expect(slices()[0]!.metadata.name).not.toBe(old!.metadata.name);
});

test("the time of the change is told, when it has one", async () => {
  const annotation = "endpoints.kubernetes.io/last-change-trigger-time";
  const told = () => [endpoints()!.metadata.annotations?.[annotation], slices()[0]!.metadata.annotations?.[annotation]];
  const pod = await makePod("a", "10.244.0.2", { ready: false });
  await makeService();
  const created = cluster.api.must(Services, "default/web").metadata.creationTimestamp;
  expect(told()).toEqual([created, created]);
  cluster.api.change(Pods, pod.metadata, (draft) => {
    draft.status!.conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:05:00Z" }];
  });
  await cluster.settle();
  expect(told()).toEqual(["2026-01-01T00:05:00Z", "2026-01-01T00:05:00Z"]);
  cluster.api.change(Pods, pod.metadata, (draft) => (draft.metadata.deletionTimestamp = "2026-01-01T00:06:00Z"));
  await cluster.settle();
  expect(told()).toEqual([undefined, undefined]);
});
