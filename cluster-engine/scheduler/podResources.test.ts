import { expect, test } from "vitest";
import type { Container, Pod } from "../../shared/kubernetes/types.ts";
import { podRequests } from "./podResources.ts";
import { pod } from "./testWorld.ts";

const asks = (cpu: string, more: Partial<Container> = {}): Container => ({ name: "c", image: "i", resources: { requests: { cpu } }, ...more });
const sidecar = (cpu: string): Container => asks(cpu, { restartPolicy: "Always" });
const running = (cpu: string, conditions: object[] = []): Pod["status"] =>
  ({ containerStatuses: [{ name: "c", resources: { requests: { cpu } } }], conditions }) as unknown as Pod["status"];

test.each<[string, Partial<Pod["spec"]>, Pod["status"] | undefined, number]>([
  ["all containers together", { containers: [asks("100m"), asks("200m")] }, undefined, 300],
  ["the largest init container when it asks for more", { containers: [asks("100m")], initContainers: [asks("500m"), asks("300m")] }, undefined, 500],
  ["sidecars along with containers", { containers: [asks("100m")], initContainers: [sidecar("200m")] }, undefined, 300],
  [
    "sidecars that run before an init container along with it",
    { containers: [asks("100m")], initContainers: [sidecar("200m"), asks("500m")] },
    undefined,
    700,
  ],
  ["sidecars that come after an init container not", { containers: [asks("100m")], initContainers: [asks("500m"), sidecar("200m")] }, undefined, 500],
  ["overhead on top", { containers: [asks("100m")], overhead: { cpu: "50m" } }, undefined, 150],
  [
    "requests of the pod itself in place of its containers'",
    { containers: [asks("100m")], resources: { requests: { cpu: "400m" } } },
    undefined,
    400,
  ],
  ["the larger one while a container shrinks", { containers: [asks("100m")] }, running("300m"), 300],
  ["the larger one while a container grows", { containers: [asks("300m")] }, running("100m"), 300],
  ["what it has when it can't grow", { containers: [asks("300m")] }, running("100m", [{ type: "PodResizePending", reason: "Infeasible" }]), 100],
])("a pod asks for %s", (_, spec, status, expected) => expect(podRequests(pod({ spec, ...(status && { status }) })).requests.cpu).toBe(expected));

test("containers that ask for nothing are taken to use a little when nodes are compared", () => {
  const { requests, nonZero } = podRequests(pod({ spec: { containers: [asks("0"), { name: "d", image: "i" }] } }));
  expect([requests.cpu, nonZero.cpu, nonZero.memory / 2 ** 20]).toEqual([0, 100, 400]);
});
