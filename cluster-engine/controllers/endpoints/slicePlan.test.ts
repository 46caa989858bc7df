import { expect, test } from "vitest";
import type { Endpoint, EndpointSlice } from "../../../shared/kubernetes/types.ts";
import { planSlices, portKey } from "./slicePlan.ts";

const ports = [{ name: "http", port: 80, protocol: "TCP" as const }];
const endpoint = (id: number, ready = true): Endpoint => ({
  addresses: [`10.0.0.${id}`],
  conditions: { ready },
  targetRef: { kind: "Pod", uid: String(id) },
});
const range = (from: number, to: number): Endpoint[] => Array.from({ length: to - from }, (_, i) => endpoint(from + i));
const slice = (name: string, endpoints: Endpoint[]): EndpointSlice => ({
  apiVersion: "",
  kind: "",
  metadata: { name } as EndpointSlice["metadata"],
  addressType: "IPv4",
  endpoints,
  ports,
});

const summary = (wanted: Endpoint[], existing: EndpointSlice[]) => {
  const plan = planSlices([{ ports, endpoints: wanted }], existing);
  return {
    create: plan.create.map(({ endpoints }) => endpoints.length),
    update: plan.update.map(({ slice: { metadata }, endpoints }) => `${metadata.name} ${endpoints.length}`),
    delete: plan.delete.map(({ metadata }) => metadata.name),
    keep: plan.keep.map(({ metadata }) => metadata.name),
  };
};

test.each([
  ["nothing there yet", range(0, 3), [], { create: [3], update: [], delete: [], keep: [] }],
  ["nothing new", range(0, 3), [slice("a", range(0, 3))], { create: [], update: [], delete: [], keep: ["a"] }],
  ["one more", range(0, 4), [slice("a", range(0, 3))], { create: [], update: ["a 4"], delete: [], keep: [] }],
  ["one replaced", [endpoint(9), ...range(1, 3)], [slice("a", range(0, 3))], { create: [], update: ["a 3"], delete: [], keep: [] }],
  ["one changed", [endpoint(0, false), endpoint(1)], [slice("a", range(0, 2))], { create: [], update: ["a 2"], delete: [], keep: [] }],
  [
    "all gone from one of two",
    range(0, 2),
    [slice("a", range(0, 2)), slice("b", range(5, 7))],
    { create: [], update: [], delete: ["b"], keep: ["a"] },
  ],
  ["more than fit into one", range(0, 250), [slice("a", range(0, 90))], { create: [100, 60], update: [], delete: [], keep: ["a"] }],
  [
    "the fullest that fits takes new ones",
    range(0, 95),
    [slice("a", range(0, 10)), slice("b", range(10, 90))],
    { create: [], update: ["b 85"], delete: [], keep: ["a"] },
  ],
])("%s", (_, wanted, existing, expected) => {
  expect(summary(wanted, existing)).toEqual(expected);
});

test("ports are the same in any order", () => {
  const other = { name: "dns", port: 53, protocol: "UDP" as const };
  expect(portKey([...ports, other])).toBe(portKey([other, ...ports]));
  expect(portKey(ports)).not.toBe(portKey([{ ...ports[0]!, port: 81 }]));
});
