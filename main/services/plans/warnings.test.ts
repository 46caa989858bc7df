import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { type Surroundings, warningsOf } from "./warnings.ts";

const object = (kind: string, name: string, rest: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind, metadata: { name, namespace: "default" }, ...rest }) as KubeObject;

const workload = (spec: object, labels: Record<string, string> = { app: "web" }): KubeObject =>
  object("Deployment", "web", { spec: { template: { metadata: { labels }, spec: { containers: [{ name: "web" }], ...spec } } } });
const service = (spec: object): KubeObject => object("Service", "web", { spec });

const empty: Surroundings = { images: undefined, exists: () => false, podLabels: () => [] };
const full: Surroundings = { images: undefined, exists: () => true, podLabels: () => [{ app: "web", tier: "front" }] };

const cases: [string, KubeObject, KubeObject[], Surroundings, string[]][] = [
  [
    "a ConfigMap that nobody has",
    workload({ containers: [{ name: "web", envFrom: [{ configMapRef: { name: "config" } }] }] }),
    [],
    empty,
    ['container web names ConfigMap "config", which is neither in namespace default nor in this plan'],
  ],
  ["a ConfigMap that the cluster has", workload({ containers: [{ name: "web", envFrom: [{ configMapRef: { name: "config" } }] }] }), [], full, []],
  ["a ConfigMap of the plan", workload({ volumes: [{ name: "v", configMap: { name: "config" } }] }), [object("ConfigMap", "config")], empty, []],
  [
    "a ConfigMap of another namespace",
    workload({ volumes: [{ name: "v", configMap: { name: "config" } }] }),
    [{ ...object("ConfigMap", "config"), metadata: { name: "config", namespace: "other" } } as KubeObject],
    empty,
    ['volume v names ConfigMap "config", which is neither in namespace default nor in this plan'],
  ],
  ["an optional Secret", workload({ volumes: [{ name: "v", secret: { secretName: "s", optional: true } }] }), [], empty, []],
  [
    "a Secret in a variable of an init container",
    workload({ initContainers: [{ name: "init", env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] }] }),
    [],
    empty,
    ['variable TOKEN of container init names Secret "s", which is neither in namespace default nor in this plan'],
  ],
  [
    "a claim",
    workload({ volumes: [{ name: "data", persistentVolumeClaim: { claimName: "disk" } }] }),
    [],
    empty,
    ['volume data names PersistentVolumeClaim "disk", which is neither in namespace default nor in this plan'],
  ],
  ["the account that every namespace has", workload({ serviceAccountName: "default" }), [], empty, []],
  [
    "another account",
    workload({ serviceAccountName: "robot" }),
    [],
    empty,
    ['the pod names ServiceAccount "robot", which is neither in namespace default nor in this plan'],
  ],
  [
    "pull secrets",
    workload({ imagePullSecrets: [{ name: "registry" }] }),
    [],
    empty,
    ['imagePullSecrets names Secret "registry", which is neither in namespace default nor in this plan'],
  ],
  [
    "the pods of a CronJob",
    object("CronJob", "nightly", {
      spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "c", envFrom: [{ secretRef: { name: "s" } }] }] } } } } },
    }),
    [],
    empty,
    ['container c names Secret "s", which is neither in namespace default nor in this plan'],
  ],
  [
    "a selector that matches nothing",
    service({ selector: { app: "web", tier: "front" } }),
    [],
    empty,
    ["its selector app=web,tier=front matches no pod in namespace default or in this plan"],
  ],
  ["a selector that a pod of the cluster matches", service({ selector: { app: "web" } }), [], full, []],
  ["a selector that a workload of the plan matches", service({ selector: { app: "web" } }), [workload({})], empty, []],
  [
    "a selector that a pod of the plan matches",
    service({ selector: { app: "web" } }),
    [{ ...object("Pod", "p"), metadata: { name: "p", namespace: "default", labels: { app: "web" } } } as unknown as KubeObject],
    empty,
    [],
  ],
  [
    "a selector that only half matches",
    service({ selector: { app: "web", tier: "back" } }),
    [workload({})],
    full,
    ["its selector app=web,tier=back matches no pod in namespace default or in this plan"],
  ],
  ["a Service without a selector", service({}), [], empty, []],
  ["a name of somewhere else", service({ type: "ExternalName", selector: { app: "web" } }), [], empty, []],
];

describe("warningsOf", () => {
  it.each(cases)("%s", (_name, given, plan, around, warnings) => {
    expect(warningsOf(given, plan, around)).toEqual(warnings);
  });

  it("says the same thing once", () => {
    const ref = { configMapRef: { name: "config" } };
    expect(warningsOf(workload({ containers: [{ name: "web", envFrom: [ref, ref] }] }), [], empty)).toHaveLength(1);
  });
});
