import { expect, test } from "vitest";
import type { EndpointSlice, Pod, Service } from "../../../shared/kubernetes/types.ts";
import { changeScript, fullScript, staleConversations } from "./nftScript.ts";
import { hostPortRules, serviceRules } from "./serviceRules.ts";
import type { Rule, Ruleset } from "./types.ts";

const service = (spec: Service["spec"], labels: Record<string, string> = {}, status?: Service["status"]): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "default", labels } as never,
  spec: { clusterIP: "10.96.0.20", ports: [{ port: 80 }], ...spec },
  status,
});

type EndpointOptions = { node?: string; ready?: boolean; serving?: boolean; terminating?: boolean };
const endpoint = (address: string, { node = "wherry", ...conditions }: EndpointOptions = {}) => ({
  addresses: [address],
  nodeName: node,
  conditions,
});

const slice = (endpoints: EndpointSlice["endpoints"], extra: Partial<EndpointSlice> = {}): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "web-x", namespace: "default", labels: { "kubernetes.io/service-name": "web" } } as never,
  addressType: "IPv4",
  endpoints,
  ports: [{ name: "", port: 8080, protocol: "TCP" }],
  ...extra,
});

const two = [slice([endpoint("10.244.0.6", { node: "wherry-2" }), endpoint("10.244.0.5")])];
const context = { node: "wherry", nodeAddresses: ["10.244.0.1"] };

test.each<[string, Service, EndpointSlice[], Record<string, Rule>]>([
  [
    "sends a cluster IP to its ready endpoints, in a stable order",
    service({}),
    two,
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080", "10.244.0.6:8080"] } },
  ],
  [
    "leaves out endpoints that are not ready",
    service({}),
    [slice([endpoint("10.244.0.5"), endpoint("10.244.0.6", { ready: false })])],
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080"] } },
  ],
  [
    "uses endpoints that still serve while they terminate when none is ready",
    service({}),
    [
      slice([
        endpoint("10.244.0.5", { ready: false, serving: true, terminating: true }),
        endpoint("10.244.0.6", { ready: false, serving: false, terminating: true }),
      ]),
    ],
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080"] } },
  ],
  ["has no rule without endpoints: the address is refused", service({}), [slice([])], {}],
  [
    "keeps to the node with internalTrafficPolicy Local",
    service({ internalTrafficPolicy: "Local" }),
    two,
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080"] } },
  ],
  [
    "carries session affinity, three hours unless it says otherwise",
    service({ sessionAffinity: "ClientIP" }),
    two,
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080", "10.244.0.6:8080"], affinitySeconds: 10800 } },
  ],
  [
    "finds ports by name and protocol",
    service({ ports: [{ name: "dns", port: 53, protocol: "UDP", targetPort: "dns" }] }),
    [
      slice([endpoint("10.244.0.5")], {
        ports: [
          { name: "dns", port: 1053, protocol: "TCP" },
          { name: "dns", port: 5353, protocol: "UDP" },
        ],
      }),
    ],
    { "10.96.0.20 . udp . 53": { endpoints: ["10.244.0.5:5353"] } },
  ],
  [
    "serves node ports at node addresses, external IPs and load balancer addresses, but not loopback",
    service(
      { type: "LoadBalancer", ports: [{ port: 80, nodePort: 30080 }], externalIPs: ["192.0.2.9"] },
      {},
      { loadBalancer: { ingress: [{ ip: "127.0.0.1" }, { ip: "192.0.2.10" }] } },
    ),
    [slice([endpoint("10.244.0.5")])],
    {
      "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080"] },
      "192.0.2.9 . tcp . 80": { endpoints: ["10.244.0.5:8080"] },
      "192.0.2.10 . tcp . 80": { endpoints: ["10.244.0.5:8080"] },
      "10.244.0.1 . tcp . 30080": { endpoints: ["10.244.0.5:8080"] },
    },
  ],
  ["leaves headless Services to DNS", service({ clusterIP: "None" }), two, {}],
  ["leaves ExternalName Services to DNS", service({ type: "ExternalName", externalName: "example.com" }), two, {}],
  ["leaves Services of another proxy alone", service({}, { "service.kubernetes.io/service-proxy-name": "other" }), two, {}],
  [
    "takes no address that is none",
    service({ externalIPs: ["1.2.3.4 } ; flush ruleset"] }),
    [slice([endpoint("::1"), endpoint("10.244.0.5")])],
    { "10.96.0.20 . tcp . 80": { endpoints: ["10.244.0.5:8080"] } },
  ],
])("%s", (_, of, slices, expected) => expect(serviceRules(of, slices, context)).toEqual(expected));

test("host ports are reached at the node's address while the pod lives", () => {
  const pod = (podIP: string, phase: string, hostNetwork = false): Pod =>
    ({
      metadata: { name: podIP },
      spec: { hostNetwork, containers: [{ ports: [{ containerPort: 8080, hostPort: 80 }, { containerPort: 9 }] }] },
      status: { podIP, phase },
    }) as unknown as Pod;
  expect(hostPortRules([pod("10.244.0.5", "Running")], "10.244.0.1")).toEqual({ "10.244.0.1 . tcp . 80": { endpoints: ["10.244.0.5:8080"] } });
  expect(hostPortRules([pod("10.244.0.5", "Failed"), pod("10.244.0.1", "Running", true)], "10.244.0.1")).toEqual({});
  expect(hostPortRules([pod("10.244.0.5", "Running")], "127.0.0.1")).toEqual({});
});

const ruleset = (rules: Record<string, Rule>): Ruleset => ({ rules: new Map(Object.entries(rules)) });
const web = "10.96.0.20 . tcp . 80";
const one = ruleset({ [web]: { endpoints: ["10.244.0.5:80"] } });
const pair = ruleset({ [web]: { endpoints: ["10.244.0.5:80", "10.244.0.6:80"] } });
const sticky = ruleset({ [web]: { endpoints: ["10.244.0.5:80"], affinitySeconds: 60 } });
const lines = (script: string) => script.split("\n").filter(Boolean);

test("a full script replaces only its own table and refuses the rest of the Service range", () => {
  const script = fullScript(pair, "10.96.0.0/16");
  expect(lines(script).slice(0, 3)).toEqual(["table ip wherry", "delete table ip wherry", "table ip wherry {"]);
  expect(script).toContain("hook output priority 0; ip daddr 10.96.0.0/16 reject;");
  expect(script).toContain("add element ip wherry services { 10.96.0.20 . tcp . 80 : goto pick-2 }");
  expect(script).toContain(
    "add element ip wherry endpoints { 10.96.0.20 . tcp . 80 . 0 : 10.244.0.5 . 80, 10.96.0.20 . tcp . 80 . 1 : 10.244.0.6 . 80 }",
  );
  expect(script).not.toContain("flush ruleset");
});

test("a change touches only the elements that differ", () => {
  expect(lines(changeScript(one, pair))).toEqual([
    "delete element ip wherry services { 10.96.0.20 . tcp . 80 }",
    "add chain ip wherry pick-2",
    "flush chain ip wherry pick-2",
    "add rule ip wherry pick-2 meta mark set numgen random mod 2",
    "add rule ip wherry pick-2 dnat ip to ip daddr . meta l4proto . th dport . meta mark map @endpoints",
    "add element ip wherry services { 10.96.0.20 . tcp . 80 : goto pick-2 }",
    "add element ip wherry endpoints { 10.96.0.20 . tcp . 80 . 1 : 10.244.0.6 . 80 }",
  ]);
  expect(lines(changeScript(one, ruleset({})))).toEqual([
    "delete element ip wherry services { 10.96.0.20 . tcp . 80 }",
    "delete element ip wherry endpoints { 10.96.0.20 . tcp . 80 . 0 }",
  ]);
  expect(changeScript(pair, ruleset(Object.fromEntries(pair.rules)))).toBe("");
});

test("with session affinity the choice is the endpoint's identity, the same whatever else comes and goes", () => {
  const before = fullScript(sticky, "10.96.0.0/16");
  const after = fullScript(ruleset({ [web]: { endpoints: ["10.244.0.4:80", "10.244.0.5:80"], affinitySeconds: 60 } }), "10.96.0.0/16");
  const identity = 5 * 65536 + 80;
  for (const script of [before, after]) expect(script).toContain(`10.96.0.20 . tcp . 80 . ${identity} : 10.244.0.5 . 80`);
  expect(before).toContain("services { 10.96.0.20 . tcp . 80 : goto keep-1-60 }");
  expect(before).toContain("update @affinity { ip daddr . meta l4proto . th dport timeout 60s : meta mark }");
});

test("conversations of UDP endpoints that are gone are to be forgotten, TCP ones end by themselves", () => {
  const dns = (...endpoints: string[]) => ruleset({ "10.96.0.10 . udp . 53": { endpoints }, [web]: { endpoints: [endpoints[0]!] } });
  expect(staleConversations(dns("10.244.0.2:53", "10.244.0.3:53"), dns("10.244.0.3:53"))).toEqual([
    { address: "10.96.0.10", port: 53, endpoint: "10.244.0.2" },
  ]);
  expect(staleConversations(dns("10.244.0.2:53"), ruleset({}))).toHaveLength(1);
});
