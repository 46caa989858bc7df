import { expect, test } from "vitest";
import type { Service } from "../../../shared/kubernetes/types.ts";
import { emptyCluster, paths, refusalOf, service } from "./objects.testing.ts";
import type { Writes } from "./writes.testing.ts";

const ranges = { serviceCIDR: "10.9.0.0/29", nodePortRange: { from: 30000, to: 30003 } };
const create = (writes: Writes, name: string, spec = {}) => writes.create({ path: paths.services, body: service(name, spec) }) as Promise<Service>;
const update = (writes: Writes, name: string, change: (service: Service) => void) => writes.update<Service>(`${paths.services}/${name}`, change);

test("each Service gets another address until the range is full", async () => {
  const writes = await emptyCluster(ranges);
  const addresses = new Set<string>();
  for (const name of ["a", "b", "c", "d", "e", "f"]) addresses.add((await create(writes, name)).spec!.clusterIP!);
  expect([...addresses].sort()).toEqual(["10.9.0.1", "10.9.0.2", "10.9.0.3", "10.9.0.4", "10.9.0.5", "10.9.0.6"]);
  await expect(create(writes, "g")).rejects.toThrow("range is full");
  await writes.delete(`${paths.services}/c`);
  expect(addresses).toContain((await create(writes, "g")).spec!.clusterIP);
});

test("an address that was asked for must be free and in the range", async () => {
  const writes = await emptyCluster(ranges);
  expect((await create(writes, "a", { clusterIP: "10.9.0.3" })).spec).toMatchObject({ clusterIP: "10.9.0.3", clusterIPs: ["10.9.0.3"] });
  expect(await refusalOf(create(writes, "b", { clusterIP: "10.9.0.3" }))).toContain("provided IP is already allocated");
  expect(await refusalOf(create(writes, "b", { clusterIP: "10.8.0.1" }))).toContain("the provided network does not match the current range");
});

test("what failed validation takes no address", async () => {
  const writes = await emptyCluster(ranges);
  expect(await refusalOf(create(writes, "a", { clusterIP: "10.9.0.3", sessionAffinity: "Sometimes" }))).toContain("sessionAffinity");
  expect((await create(writes, "b", { clusterIP: "10.9.0.3" })).spec!.clusterIP).toBe("10.9.0.3");
});

test("headless and external Services have no address", async () => {
  const writes = await emptyCluster(ranges);
  expect((await create(writes, "a", { clusterIP: "None" })).spec!.clusterIPs).toEqual(["None"]);
  expect((await create(writes, "b", { type: "ExternalName", externalName: "example.com", ports: undefined })).spec!.clusterIP).toBeUndefined();
});

test("ports of one number share a node port", async () => {
  const writes = await emptyCluster(ranges);
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
    { name: "http", port: 80 },
  ];
  const { spec } = await create(writes, "a", { type: "NodePort", ports });
  const [udp, tcp, http] = spec!.ports!.map((port) => port.nodePort);
  expect(udp).toBe(tcp);
  expect(http).not.toBe(tcp);
});

test("node ports keep to their range and their owner", async () => {
  const writes = await emptyCluster(ranges);
  const port = (nodePort: number) => ({ type: "NodePort", ports: [{ port: 80, nodePort }] });
  await create(writes, "a", port(30001));
  expect(await refusalOf(create(writes, "b", port(30001)))).toBe(
    'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
  );
  expect(await refusalOf(create(writes, "b", port(29999)))).toContain("The range of valid ports is 30000-30003");
  // Given back as soon as the Service is another one.
  await update(writes, "a", ({ spec }) => {
    spec!.type = "ClusterIP";
  });
  expect((await create(writes, "b", port(30001))).spec!.ports![0]!.nodePort).toBe(30001);
});

test("an update keeps address and node ports that it leaves out", async () => {
  const writes = await emptyCluster();
  const before = await create(writes, "a", { type: "NodePort" });
  const after = await update(writes, "a", ({ spec }) => {
    delete spec!.clusterIP;
    delete spec!.clusterIPs;
    spec!.ports = [{ port: 80 }];
  });
  expect(after.spec).toEqual(before.spec);
});

test("the address can't change", async () => {
  const writes = await emptyCluster();
  await create(writes, "a");
  const moved = update(writes, "a", ({ spec }) => {
    spec!.clusterIP = "10.96.7.7";
  });
  expect(await refusalOf(moved)).toContain("may not change once set");
});

test("an external name gives up its address, and gets one when it comes back", async () => {
  const writes = await emptyCluster();
  await create(writes, "a");
  const external = await update(writes, "a", ({ spec }) => Object.assign(spec!, { type: "ExternalName", externalName: "example.com" }));
  expect(external.spec!.clusterIP).toBeUndefined();
  const back = await update(writes, "a", ({ spec }) => {
    spec!.type = "ClusterIP";
    delete spec!.externalName;
  });
  expect(back.spec!.clusterIP).toMatch(/^10\.96\./);
});

test("fields without effect are warned about", async () => {
  const writes = await emptyCluster();
  await create(writes, "a", { clusterIP: "None", sessionAffinity: "ClientIP", externalName: "example.com" });
  expect(writes.warnings).toEqual([
    "spec.SessionAffinity is ignored for headless services",
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  ]);
});
