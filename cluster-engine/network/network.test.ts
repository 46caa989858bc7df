import { expect, test } from "vitest";
import type { Service } from "../../shared/kubernetes/types.ts";
import { EndpointSlices, Events, Nodes, Pods, Services } from "../api/resources.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { FakeApi } from "../client/fakeApi.ts";
import { createInformers } from "../client/informers.ts";
import type { ContainerRuntime } from "../runtime/types.ts";
import { publishClusterDNS } from "./clusterDNS.ts";
import { DesiredState } from "./desiredState.ts";
import { EndpointPicker } from "./listeners/picker.ts";
import { ServiceListeners } from "./listeners/listeners.ts";
import { listenProblem, wantedListeners } from "./listeners/wanted.ts";
import { startNetwork } from "./network.ts";
import { networkObjects } from "./objects.ts";
import { OwnedTable } from "./ownedTable.ts";
import { serviceUrls } from "./serviceUrls.ts";
import { ensureSystemImage } from "./systemImage.ts";

async function world() {
  const clock = new FakeClock();
  const api = new FakeApi({ clock });
  const random = seededRandom(1);
  const client = createClient(api);
  const objects = networkObjects(createInformers({ client, clock, random, log: silentLog }));
  const service = (name: string, spec: Service["spec"]) =>
    api.put(Services, { metadata: { namespace: "default", name }, spec: { clusterIP: "10.96.0.20", ports: [{ port: 80 }], ...spec } });
  const endpoints = (name: string, ...addresses: string[]) =>
    api.put(EndpointSlices, {
      metadata: { namespace: "default", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: addresses.map((address) => ({ addresses: [address], nodeName: "wherry" })),
      ports: [{ name: "", port: 8080, protocol: "TCP" }],
    });
  const node = (name: string, address: string) => api.put(Nodes, { metadata: { name }, status: { addresses: [{ type: "InternalIP", address }] } });
  await objects.synced;
  return { clock, api, random, client, objects, service, endpoints, node };
}

const web = "10.96.0.20 . tcp . 80";

test("a table tells what its owners changed, once", () => {
  const table = new OwnedTable<number>();
  table.set("x", { a: 1, b: 2 });
  table.set("y", { c: 3 });
  expect(table.take()).toEqual({ set: { a: 1, b: 2, c: 3 }, remove: [] });
  table.set("x", { a: 1, b: 3 });
  table.set("y", {});
  expect(table.take()).toEqual({ set: { b: 3 }, remove: ["c"] });
  expect(table.take()).toBeUndefined();
  table.set("y", { a: 9 });
  table.set("x", {});
  expect(table.all()).toEqual({ a: 9 });
});

test("each node has its own rules; node ports follow the nodes' addresses, host ports the pods", async () => {
  const { clock, api, objects, service, endpoints, node } = await world();
  const desired = new DesiredState(objects, "cluster.local");
  const seen: string[] = [];
  objects.onChange({ service: (key) => (seen.push(key), desired.updateService(key)), node: (name) => desired.updateNode(name) });
  node("wherry", "10.244.0.1");
  service("web", { type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }], internalTrafficPolicy: "Local" });
  endpoints("web", "10.244.0.5");
  await clock.step(0);
  desired.addNode("wherry-2");
  const nodePort = { "10.244.0.1 . tcp . 30080": { endpoints: ["10.244.0.5:8080"] } };
  expect(desired.allRules()).toEqual({ wherry: { [web]: { endpoints: ["10.244.0.5:8080"] }, ...nodePort }, "wherry-2": nodePort });
  desired.take();
  node("wherry", "10.244.0.2");
  api.put(Pods, {
    metadata: { namespace: "default", name: "p" },
    spec: { nodeName: "wherry", containers: [{ name: "c", ports: [{ containerPort: 80, hostPort: 8080 }] }] },
    status: { podIP: "10.244.0.9", phase: "Running" },
  });
  await clock.step(0);
  const set = { "10.244.0.2 . tcp . 30080": { endpoints: ["10.244.0.5:8080"] }, "10.244.0.2 . tcp . 8080": { endpoints: ["10.244.0.9:80"] } };
  expect(desired.take().rules.find((change) => change.node === "wherry")).toEqual({ node: "wherry", set, remove: ["10.244.0.1 . tcp . 30080"] });
  api.remove(Services, "default/web");
  await clock.step(0);
  expect(desired.take().records?.remove).toContain("web.default.svc.cluster.local");
  expect(new Set(seen)).toEqual(new Set(["default/web"]));
});

test("listeners for a LoadBalancer: node ports and its own ports; none for other types and SCTP", () => {
  const service = (type: "ClusterIP" | "NodePort" | "LoadBalancer"): Service =>
    ({
      metadata: { namespace: "a", name: "s" },
      spec: {
        type,
        clusterIP: "10.96.0.9",
        ports: [
          { port: 80, nodePort: 30_080 },
          { port: 53, protocol: "UDP", nodePort: 30_053 },
          { port: 9, protocol: "SCTP", nodePort: 30_009 },
        ],
      },
    }) as unknown as Service;
  const ports = (type: "ClusterIP" | "NodePort" | "LoadBalancer") =>
    wantedListeners(service(type)).map(({ protocol, port }) => `${protocol}/${port}`);
  expect(ports("LoadBalancer")).toEqual(["tcp/30080", "tcp/80", "udp/30053", "udp/53"]);
  expect(ports("NodePort")).toEqual(["tcp/30080", "udp/30053"]);
  expect(ports("ClusterIP")).toEqual([]);
});

test.each([
  [
    "EADDRINUSE",
    "The load balancer port 80/TCP on 127.0.0.1 is taken by another program; the Service is reached at 127.0.0.1:30080 meanwhile. Trying again until it is free",
  ],
  [
    "EACCES",
    "The load balancer port 80/TCP on 127.0.0.1 can't be opened: ports below 1024 need more rights on this machine; the Service is reached at 127.0.0.1:30080 meanwhile",
  ],
  [undefined, "The load balancer port 80/TCP on 127.0.0.1 can't be opened: boom; the Service is reached at 127.0.0.1:30080 meanwhile"],
])("what is said of a port that can't be opened: %s", (code, message) => {
  const wanted = { protocol: "tcp", port: 80, service: "a/s", servicePort: { port: 80, nodePort: 30_080 }, kind: "load balancer port" } as const;
  expect(listenProblem(wanted, code, "boom")).toBe(message);
});

test("two Services that want the same port: the second hears who has it", async () => {
  const { clock, api, random, client, objects, service } = await world();
  const recorder = createEventRecorder({ client, clock, log: silentLog, component: "kube-proxy" });
  const listeners = new ServiceListeners({ objects, clock, random, log: silentLog, recorder, open: () => Promise.reject(new Error("no pods here")) });
  service("first", { type: "LoadBalancer", ports: [{ port: 38_471 }] });
  service("second", { type: "LoadBalancer", ports: [{ port: 38_471 }] });
  await clock.step(0);
  await clock.step(0);
  expect(api.all(Events).map((event) => `${event.involvedObject.name}: ${event.message}`)).toEqual([
    "second: The load balancer port 38471 on 127.0.0.1 is taken by Service default/first",
  ]);
  listeners[Symbol.dispose]();
  expect(listeners.open).toBe(0);
});

test("local clients are spread over endpoints, or kept at one for the time of their affinity", async () => {
  const { clock, random, objects, service, endpoints } = await world();
  const picker = new EndpointPicker(objects, clock, random);
  const wanted = { protocol: "tcp", port: 30_080, service: "default/web", servicePort: { port: 80 }, kind: "node port" } as const;
  const picks = () => new Set(Array.from({ length: 30 }, () => picker.pick(wanted)));
  expect(picker.pick(wanted)).toBeUndefined();
  service("web", {});
  endpoints("web", "10.244.0.5", "10.244.0.6");
  await clock.step(0);
  expect(picks().size).toBe(2);
  service("web", { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } });
  await clock.step(0);
  const kept = [...picks()];
  expect(kept).toHaveLength(1);
  endpoints("web", kept[0] === "10.244.0.5:8080" ? "10.244.0.6" : "10.244.0.5");
  await clock.step(0);
  expect(picker.pick(wanted)).not.toBe(kept[0]);
});

test("kube-dns is created once and its endpoint follows the agent", async () => {
  const { api, client } = await world();
  await publishClusterDNS(client, { clusterIP: "10.96.0.10", address: "10.244.0.1", port: 4001 });
  await publishClusterDNS(client, { clusterIP: "10.96.0.10", address: "10.244.0.1", port: 4002 });
  expect(api.must(Services, "kube-system/kube-dns").spec?.clusterIP).toBe("10.96.0.10");
  expect(api.must(EndpointSlices, "kube-system/kube-dns").ports).toEqual([
    { name: "dns", port: 4002, protocol: "UDP" },
    { name: "dns-tcp", port: 4002, protocol: "TCP" },
  ]);
});

test.each<[string, Partial<Service["spec"]>, string[]]>([
  ["a NodePort", { type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] }, ["http://127.0.0.1:30080"]],
  [
    "a LoadBalancer with TLS and UDP",
    {
      type: "LoadBalancer",
      ports: [
        { name: "https", port: 443, nodePort: 30_443 },
        { port: 53, nodePort: 30_053, protocol: "UDP" },
      ],
    },
    ["https://127.0.0.1:30443"],
  ],
  ["a LoadBalancer without node ports", { type: "LoadBalancer", ports: [{ port: 8080 }] }, ["http://127.0.0.1:8080"]],
  ["a ClusterIP", { type: "ClusterIP", ports: [{ port: 80 }] }, []],
])("the URLs of %s", (_, spec, urls) => expect(serviceUrls({ spec } as Service, "127.0.0.1")).toEqual(urls));

test("a missing system image without an archive is an error that says what to do", async () => {
  const runtime = { imageStatus: async () => undefined } as unknown as ContainerRuntime;
  await expect(ensureSystemImage(runtime, { name: "wherry/system:1" }, silentLog)).rejects.toThrow(
    "the container engine has no image wherry/system:1, and this installation has no archive of it",
  );
  await expect(ensureSystemImage(runtime, { name: "wherry/system:1", archive: "/nowhere.tar.gz" }, silentLog)).rejects.toThrow(
    "/nowhere.tar.gz does not exist",
  );
});

test("over simulated pods the network says that Services have no traffic", async () => {
  const { api, clock, random } = await world();
  const network = await startNetwork({
    transport: api,
    runtime: {} as ContainerRuntime,
    clock,
    random,
    log: silentLog,
    apiServerPort: 1,
    dataDir: "/nowhere",
    onApiAddress: () => {},
  });
  expect(network.problem).toBe("pods are simulated: Services have no traffic");
  await expect(network.dialPod("10.244.0.5", 80)).rejects.toThrow("simulated");
});
