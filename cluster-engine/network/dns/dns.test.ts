import type { Question } from "dns-packet";
import { expect, test } from "vitest";
import type { EndpointSlice, Service } from "../../../shared/kubernetes/types.ts";
import { answer, type ClusterNames } from "./answer.ts";
import { fixedRecords, serviceRecords } from "./records.ts";
import { Zone } from "./zone.ts";

const domain = "cluster.local";

const service = (name: string, spec: Service["spec"]): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" } as never,
  spec,
});

const slice = (name: string, endpoints: EndpointSlice["endpoints"], ports: EndpointSlice["ports"]): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-x`, namespace: "shop", labels: { "kubernetes.io/service-name": name } } as never,
  addressType: "IPv4",
  endpoints,
  ports,
});

function names(): ClusterNames {
  const zone = new Zone();
  const add = (each: Service, slices: EndpointSlice[] = []) => zone.update(serviceRecords(each, slices, domain), []);
  zone.update(fixedRecords(domain), []);
  add(
    service("web", {
      clusterIP: "10.96.0.20",
      ports: [
        { name: "http", port: 80 },
        { name: "dns", port: 53, protocol: "UDP" },
      ],
    }),
  );
  const endpoints = [
    { addresses: ["10.244.0.5"], hostname: "db-0" },
    { addresses: ["10.244.0.6"], conditions: { ready: true } },
    { addresses: ["10.244.0.7"], conditions: { ready: false } },
  ];
  add(service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] }), [
    slice("db", endpoints, [{ name: "sql", port: 15432, protocol: "TCP" }]),
  ]);
  add(service("quiet", { clusterIP: "None" }));
  add(service("outside", { type: "ExternalName", externalName: "Example.com." }));
  add(service("alias", { type: "ExternalName", externalName: "web.shop.svc.cluster.local" }));
  return { zone, domain, cidrs: ["10.96.0.0/16", "10.244.0.0/20"] };
}

const data = (name: string, type: Question["type"]) => {
  const result = answer({ name, type }, names());
  if (!result) return "upstream";
  return result.answers.length ? result.answers.map((each) => ("data" in each ? each.data : undefined)) : result.rcode;
};

test.each<[string, Question["type"], unknown]>([
  ["web.shop.svc.cluster.local", "A", ["10.96.0.20"]],
  ["WEB.Shop.svc.Cluster.Local", "A", ["10.96.0.20"]],
  ["web.shop.svc.cluster.local", "AAAA", "NOERROR"],
  ["nothing.shop.svc.cluster.local", "A", "NXDOMAIN"],
  ["shop.svc.cluster.local", "A", "NOERROR"],
  ["svc.cluster.local", "A", "NOERROR"],
  ["other.svc.cluster.local", "A", "NXDOMAIN"],
  ["cluster.local", "A", "NOERROR"],
  ["_http._tcp.web.shop.svc.cluster.local", "SRV", [{ port: 80, target: "web.shop.svc.cluster.local", priority: 0, weight: 100 }]],
  ["_dns._udp.web.shop.svc.cluster.local", "SRV", [{ port: 53, target: "web.shop.svc.cluster.local", priority: 0, weight: 100 }]],
  ["db.shop.svc.cluster.local", "A", ["10.244.0.5", "10.244.0.6"]],
  ["db-0.db.shop.svc.cluster.local", "A", ["10.244.0.5"]],
  ["10-244-0-6.db.shop.svc.cluster.local", "A", ["10.244.0.6"]],
  ["10-244-0-7.db.shop.svc.cluster.local", "A", "NXDOMAIN"],
  [
    "_sql._tcp.db.shop.svc.cluster.local",
    "SRV",
    [
      { port: 15432, target: "db-0.db.shop.svc.cluster.local", priority: 0, weight: 50 },
      { port: 15432, target: "10-244-0-6.db.shop.svc.cluster.local", priority: 0, weight: 50 },
    ],
  ],
  ["quiet.shop.svc.cluster.local", "A", "NOERROR"],
  ["20.0.96.10.in-addr.arpa", "PTR", ["web.shop.svc.cluster.local"]],
  ["5.0.244.10.in-addr.arpa", "PTR", ["db-0.db.shop.svc.cluster.local"]],
  ["9.0.244.10.in-addr.arpa", "PTR", "NXDOMAIN"],
  ["8.8.8.8.in-addr.arpa", "PTR", "upstream"],
  ["10-244-0-5.shop.pod.cluster.local", "A", ["10.244.0.5"]],
  ["10-244-0-555.shop.pod.cluster.local", "A", "NXDOMAIN"],
  ["outside.shop.svc.cluster.local", "A", ["example.com"]],
  ["alias.shop.svc.cluster.local", "A", ["web.shop.svc.cluster.local", "10.96.0.20"]],
  ["dns-version.cluster.local", "TXT", ["1.1.0"]],
  ["example.com", "A", "upstream"],
  ["notcluster.local", "A", "upstream"],
])("%s %s", (name, type, expected) => expect(data(name, type)).toEqual(expected));

test("an SRV answer brings the addresses of its targets", () => {
  const result = answer({ name: "_sql._tcp.db.shop.svc.cluster.local", type: "SRV" }, names());
  expect(result?.additionals).toMatchObject([
    { type: "A", name: "db-0.db.shop.svc.cluster.local", data: "10.244.0.5" },
    { type: "A", name: "10-244-0-6.db.shop.svc.cluster.local", data: "10.244.0.6" },
  ]);
});

test("the target of an ExternalName outside is to be followed upstream", () => {
  expect(answer({ name: "outside.shop.svc.cluster.local", type: "A" }, names())?.follow).toBe("example.com");
  expect(answer({ name: "alias.shop.svc.cluster.local", type: "A" }, names())?.follow).toBeUndefined();
});

test("names go, and with the last name below it an empty name goes too", () => {
  const zone = new Zone();
  zone.update({ "a.x.svc": { a: ["1.1.1.1"] }, "b.x.svc": {} }, []);
  zone.update({}, ["a.x.svc"]);
  expect([zone.get("a.x.svc"), zone.get("x.svc")]).toEqual([undefined, {}]);
  zone.update({}, ["b.x.svc", "b.x.svc"]);
  expect(zone.get("x.svc")).toBeUndefined();
});
