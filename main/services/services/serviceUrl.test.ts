import { describe, expect, it } from "vitest";
import type { Service, ServicePort } from "../../../shared/kubernetes/types.ts";
import { portToOpen, serviceUrl } from "./serviceUrl.ts";

const service = (type: string, ports: Partial<ServicePort>[], ingress?: object[]): Service =>
  ({ spec: { type, ports }, ...(ingress ? { status: { loadBalancer: { ingress } } } : {}) }) as unknown as Service;

const urls: [string, Service, string | undefined, string | undefined, string | undefined][] = [
  ["a NodePort here", service("NodePort", [{ port: 80, nodePort: 30080 }]), "127.0.0.1", undefined, "http://127.0.0.1:30080"],
  ["a NodePort of a cluster somewhere", service("NodePort", [{ port: 80, nodePort: 30080 }]), undefined, undefined, undefined],
  ["a ClusterIP", service("ClusterIP", [{ port: 80 }]), "127.0.0.1", undefined, undefined],
  [
    "a load balancer by its address",
    service("LoadBalancer", [{ port: 8080, nodePort: 30080 }], [{ ip: "127.0.0.2" }]),
    "127.0.0.1",
    undefined,
    "http://127.0.0.2:8080",
  ],
  [
    "a load balancer by its name, usual port",
    service("LoadBalancer", [{ port: 80 }], [{ hostname: "lb.example.com", ip: "1.2.3.4" }]),
    undefined,
    undefined,
    "http://lb.example.com",
  ],
  ["a load balancer of IPv6", service("LoadBalancer", [{ port: 8080 }], [{ ip: "fd00::1" }]), undefined, undefined, "http://[fd00::1]:8080"],
  [
    "a load balancer that has no address yet",
    service("LoadBalancer", [{ port: 80, nodePort: 30081 }]),
    "127.0.0.1",
    undefined,
    "http://127.0.0.1:30081",
  ],
  ["TLS by its number", service("LoadBalancer", [{ port: 443 }], [{ ip: "1.2.3.4" }]), undefined, undefined, "https://1.2.3.4"],
  ["TLS by its name", service("NodePort", [{ name: "https", port: 9443, nodePort: 30443 }]), "127.0.0.1", undefined, "https://127.0.0.1:30443"],
  [
    "the port that is asked for by name",
    service("NodePort", [
      { name: "http", port: 80, nodePort: 30001 },
      { name: "admin", port: 9000, nodePort: 30002 },
    ]),
    "127.0.0.1",
    "admin",
    "http://127.0.0.1:30002",
  ],
  [
    "the port that is asked for by number",
    service("NodePort", [
      { name: "http", port: 80, nodePort: 30001 },
      { name: "admin", port: 9000, nodePort: 30002 },
    ]),
    "127.0.0.1",
    "9000",
    "http://127.0.0.1:30002",
  ],
  ["a port that is not there", service("NodePort", [{ port: 80, nodePort: 30001 }]), "127.0.0.1", "admin", undefined],
  ["no ports at all", service("ClusterIP", []), "127.0.0.1", undefined, undefined],
];

const ports: [string, Partial<ServicePort>[], number][] = [
  [
    "one that speaks HTTP by name",
    [
      { name: "grpc", port: 9000 },
      { name: "web", port: 9001 },
    ],
    9001,
  ],
  ["one that speaks HTTP by number", [{ port: 9000 }, { port: 8080 }], 8080],
  ["one that speaks HTTP by protocol", [{ port: 9000 }, { port: 9001, appProtocol: "http" }], 9001],
  ["else the first", [{ port: 6379 }, { port: 6380 }], 6379],
];

describe("serviceUrl", () => {
  it.each(urls)("%s", (_name, given, host, wanted, url) => {
    expect(serviceUrl(given, host, wanted)).toBe(url);
  });
});

describe("portToOpen", () => {
  it.each(ports)("%s", (_name, given, port) => {
    expect(portToOpen(service("ClusterIP", given))?.port).toBe(port);
  });
});
