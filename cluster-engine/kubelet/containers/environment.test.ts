import { describe, expect, test } from "vitest";
import type { ConfigMap, Container, Pod, Secret, Service } from "../../../shared/kubernetes/types.ts";
import { containerEnvironment, type ConfigReader } from "./environment.ts";
import { expand } from "./expansion.ts";

const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "1", creationTimestamp: "" };
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadata, labels: { app: "web" }, annotations: { "build/id": "7" } },
  spec: { nodeName: "wherry", serviceAccountName: "robot", containers: [] },
} as Pod;
const configMap = { metadata, data: { COLOR: "blue", SIZE: "xl" } } as unknown as ConfigMap;
const secret = { metadata, data: { PASSWORD: Buffer.from("s3cret").toString("base64") } } as unknown as Secret;
const reader: ConfigReader = {
  configMap: async (_namespace, name) => (name === "settings" ? configMap : undefined),
  secret: async (_namespace, name) => (name === "login" ? secret : undefined),
};
const service = (name: string, namespace: string, clusterIP: string, ports = [{ port: 80, name: "http", protocol: "TCP" }]): Service =>
  ({ apiVersion: "v1", kind: "Service", metadata: { ...metadata, name, namespace }, spec: { clusterIP, ports } }) as Service;

async function environmentOf(container: Partial<Container>, services: Service[] = []): Promise<Record<string, string>> {
  const env = await containerEnvironment({
    pod,
    container: { name: "main", image: "web:1", ...container },
    services,
    addresses: { podIP: "10.244.0.7", nodeIP: "10.244.0.1" },
    allocatable: { cpu: "4", memory: "8Gi" },
    reader,
  });
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

describe("$(NAME) is replaced as Kubernetes does", () => {
  test.each([
    ["$(A)", "1"],
    ["$(A)-$(B)", "1-2"],
    ["$(NONE)", "$(NONE)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$A", "$A"],
    ["cost: 5$", "cost: 5$"],
    ["$(A", "$(A"],
  ])("%s → %s", (text, expected) => {
    expect(expand(text, (name) => ({ A: "1", B: "2" })[name])).toBe(expected);
  });
});

describe("values come from", () => {
  test.each<[string, Partial<Container>, Record<string, string>]>([
    [
      "the text, with earlier variables in it",
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "$(A)2" },
          { name: "C", value: "$(LATER)" },
        ],
      },
      { A: "1", B: "12", C: "$(LATER)" },
    ],
    ["a key of a ConfigMap", { env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "COLOR" } } }] }, { X: "blue" }],
    ["a key of a Secret", { env: [{ name: "X", valueFrom: { secretKeyRef: { name: "login", key: "PASSWORD" } } }] }, { X: "s3cret" }],
    [
      "nothing, when it is optional and missing",
      { env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "NONE", optional: true } } }] },
      {},
    ],
    [
      "all keys of a ConfigMap, with a prefix; env wins",
      { envFrom: [{ prefix: "P_", configMapRef: { name: "settings" } }], env: [{ name: "P_SIZE", value: "s" }] },
      { P_COLOR: "blue", P_SIZE: "s" },
    ],
    [
      "fields of the pod",
      {
        env: ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.podIP", "status.hostIP"].map(
          (fieldPath, index) => ({ name: `F${index}`, valueFrom: { fieldRef: { fieldPath } } }),
        ),
      },
      { F0: "web", F1: "shop", F2: "u1", F3: "wherry", F4: "robot", F5: "10.244.0.7", F6: "10.244.0.1" },
    ],
    [
      "a label and an annotation",
      {
        env: [
          { name: "L", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['build/id']" } } },
        ],
      },
      { L: "web", A: "7" },
    ],
    [
      "its own resources, rounded up in units of the divisor, the node's where there is no limit",
      {
        resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { cpu: "1500m" } },
        env: [
          { name: "LC", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
          { name: "LCM", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
          { name: "RM", valueFrom: { resourceFieldRef: { resource: "requests.memory", divisor: "1Mi" } } },
          { name: "LM", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } },
        ],
      },
      { LC: "2", LCM: "1500", RM: "64", LM: String(8 * 2 ** 30) },
    ],
  ])("%s", async (_title, container, expected) => {
    expect(await environmentOf(container)).toEqual(expected);
  });

  test("Services of the namespace and kubernetes, in the forms that Docker links had", async () => {
    const env = await environmentOf({}, [
      service("redis-master", "shop", "10.96.0.20"),
      service("kubernetes", "default", "10.96.0.1"),
      service("other", "elsewhere", "10.96.0.9"),
      service("headless", "shop", "None"),
    ]);
    expect(env).toMatchObject({
      KUBERNETES_SERVICE_HOST: "10.96.0.1",
      KUBERNETES_SERVICE_PORT: "80",
      REDIS_MASTER_SERVICE_HOST: "10.96.0.20",
      REDIS_MASTER_SERVICE_PORT: "80",
      REDIS_MASTER_SERVICE_PORT_HTTP: "80",
      REDIS_MASTER_PORT: "tcp://10.96.0.20:80",
      REDIS_MASTER_PORT_80_TCP: "tcp://10.96.0.20:80",
      REDIS_MASTER_PORT_80_TCP_PROTO: "tcp",
      REDIS_MASTER_PORT_80_TCP_PORT: "80",
      REDIS_MASTER_PORT_80_TCP_ADDR: "10.96.0.20",
    });
    expect(Object.keys(env).filter((name) => name.startsWith("OTHER") || name.startsWith("HEADLESS"))).toEqual([]);
  });
});

describe("what is missing and not optional is named", () => {
  test.each<[Partial<Container>, string]>([
    [{ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "none", key: "k" } } }] }, 'configmap "none" not found'],
    [{ env: [{ name: "X", valueFrom: { configMapKeyRef: { name: "settings", key: "k" } } }] }, "couldn't find key k in ConfigMap shop/settings"],
    [{ env: [{ name: "X", valueFrom: { secretKeyRef: { name: "none", key: "k" } } }] }, 'secret "none" not found'],
    [{ env: [{ name: "X", valueFrom: { secretKeyRef: { name: "login", key: "k" } } }] }, "couldn't find key k in Secret shop/login"],
    [{ envFrom: [{ configMapRef: { name: "none" } }] }, 'configmap "none" not found'],
  ])("%j", async (container, message) => {
    await expect(environmentOf(container)).rejects.toThrow(message);
  });
});
