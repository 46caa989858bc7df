import { expect, test } from "vitest";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { rejectionOf, requestsOf } from "./admission.ts";

const offered = { cpu: "2", memory: "1Gi", pods: "3" };

const tenant = (spec: object) => {
  const pod = { metadata: { name: "a" }, spec: { containers: [], ...spec } } as unknown as Pod;
  return { pod, requests: requestsOf(pod) };
};
const asking = (requests: object, more: object = {}) => ({ name: "main", resources: { requests }, ...more });
const listening = (hostPort: number, more: object = {}) =>
  tenant({ containers: [{ name: "main", ports: [{ containerPort: 80, hostPort, ...more }] }] });

test.each([
  ["room is left", tenant({ containers: [asking({ cpu: "1" })] }), [tenant({ containers: [asking({ cpu: "1" })] })], undefined],
  [
    "cpu is short",
    tenant({ containers: [asking({ cpu: "1500m" })] }),
    [tenant({ containers: [asking({ cpu: "1" })] })],
    { reason: "OutOfcpu", message: "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000" },
  ],
  [
    "memory is short",
    tenant({ containers: [asking({ memory: "2Gi" })] }),
    [],
    { reason: "OutOfmemory", message: "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824" },
  ],
  [
    "there are enough pods",
    tenant({}),
    [tenant({}), tenant({}), tenant({})],
    { reason: "OutOfpods", message: "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3" },
  ],
  [
    "a host port is taken",
    listening(8080),
    [listening(8080, { hostIP: "127.0.0.1" })],
    { reason: "NodePorts", message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" },
  ],
  ["host ports differ in address", listening(8080, { hostIP: "127.0.0.1" }), [listening(8080, { hostIP: "127.0.0.2" })], undefined],
  ["host ports differ in protocol", listening(8080), [listening(8080, { protocol: "UDP" })], undefined],
])("%s", (_name, pod, others, expected) => {
  expect(rejectionOf(pod, others, offered)).toEqual(expected);
});

test("a pod asks for its containers and sidecars, or for its largest init container, and its overhead", () => {
  const sidecar = asking({ cpu: "100m" }, { restartPolicy: "Always" });
  const { requests } = tenant({ containers: [asking({ cpu: "1" })], initContainers: [sidecar, asking({ cpu: "3" })], overhead: { cpu: "10m" } });
  expect(requests).toEqual({ cpu: 3110, memory: 0, "ephemeral-storage": 0 });
});
