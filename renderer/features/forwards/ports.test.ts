import { expect, test } from "vitest";
import { portsOf, readLocalPort } from "./ports.ts";

test.each<[string, object, string[]]>([
  ["a Service", { ports: [{ name: "http", port: 80 }, { port: 443 }, { name: "dns", port: 53, protocol: "UDP" }] }, ["http", "443"]],
  ["a pod", { containers: [{ ports: [{ containerPort: 8080 }] }, { ports: [{ name: "admin", containerPort: 9000 }] }] }, ["8080", "admin"]],
  ["a workload", { template: { spec: { containers: [{ ports: [{ containerPort: 6379 }] }] } } }, ["6379"]],
  ["nothing that tells", {}, []],
])("ports of %s", (_title, spec, expected) => {
  expect(portsOf({ spec }).map(({ value }) => value)).toEqual(expected);
});

test.each([
  ["", 0],
  ["8080", 8080],
  ["0", undefined],
  ["70000", undefined],
  ["80a", undefined],
])("the local port %j is %j", (text, expected) => {
  expect(readLocalPort(text)).toBe(expected);
});
