import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { KnownResource } from "../watch/resources.ts";
import { buildMap, type MapSource } from "./graph.ts";

type Objects = Partial<Record<KnownResource, object[]>>;

function sourceOf(objects: Objects): MapSource {
  const all = <T extends KubeObject>(resource: KnownResource) => (objects[resource] ?? []) as T[];
  const owned = (by: string, resource: KnownResource) =>
    all<KubeObject>(resource).filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === by);
  return {
    all,
    podsOf: ({ metadata }) =>
      [metadata.uid, ...owned(metadata.uid, "replicasets").map((set) => set.metadata.uid)].flatMap((uid) => owned(uid, "pods") as Pod[]),
  };
}

const meta = (name: string, more: object = {}) => ({ name, namespace: "shop", uid: name, ...more });
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: name, controller: true }] });
const labels = { app: "web" };
const podSpec = { containers: [{ name: "a", image: "web:1", envFrom: [{ configMapRef: { name: "settings" } }] }] };

const shop: Objects = {
  deployments: [
    {
      kind: "Deployment",
      metadata: meta("web", { labels }),
      spec: { replicas: 2, template: { metadata: { labels }, spec: podSpec } },
      status: { readyReplicas: 1, updatedReplicas: 2, replicas: 2, availableReplicas: 1 },
    },
  ],
  replicasets: [{ kind: "ReplicaSet", metadata: meta("web-1", ownedBy("Deployment", "web")), spec: { replicas: 2 } }],
  pods: ["web-1-a", "web-1-b"].map((name, i) => ({
    kind: "Pod",
    metadata: meta(name, { labels, ...ownedBy("ReplicaSet", "web-1") }),
    spec: { ...podSpec, ...(i === 0 ? { nodeName: "n1" } : {}) },
    status:
      i === 0 ? { phase: "Running", containerStatuses: [{ name: "a", ready: true, restartCount: 0, state: { running: {} } }] } : { phase: "Pending" },
  })),
  services: [
    { kind: "Service", metadata: meta("web"), spec: { selector: labels } },
    { kind: "Service", metadata: meta("lonely"), spec: { selector: { app: "nobody" } } },
    { kind: "Service", metadata: { ...meta("web"), namespace: "elsewhere" }, spec: { selector: labels } },
  ],
  ingresses: [
    {
      kind: "Ingress",
      metadata: meta("door"),
      spec: { rules: [{ host: "shop.example", http: { paths: [{ backend: { service: { name: "web" } } }] } }] },
    },
  ],
  horizontalpodautoscalers: [
    {
      kind: "HorizontalPodAutoscaler",
      metadata: meta("auto"),
      spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { kind: "Deployment", name: "web" } },
    },
  ],
};

describe("the map", () => {
  it("leads from the door to the settings", () => {
    const { nodes, edges, collapsed } = buildMap(sourceOf(shop), ["shop"], "namespace");
    expect(nodes.map(({ id, group, status, text }) => [id, group, status, text])).toEqual([
      ["configmaps/shop/settings", "shop", undefined, undefined],
      ["deployments/shop/web", "shop", "pending", "1 of 2 available"],
      ["horizontalpodautoscalers/shop/auto", "shop", undefined, "0 of 2–5"],
      ["ingresses/shop/door", "shop", undefined, "shop.example"],
      ["services/shop/lonely", "shop", "pending", "Selects nothing"],
      ["services/shop/web", "shop", undefined, "ClusterIP"],
    ]);
    expect(edges).toEqual([
      { from: "deployments/shop/web", to: "configmaps/shop/settings", relation: "uses" },
      { from: "services/shop/web", to: "deployments/shop/web", relation: "selects" },
      { from: "ingresses/shop/door", to: "services/shop/web", relation: "routes" },
      { from: "horizontalpodautoscalers/shop/auto", to: "deployments/shop/web", relation: "scales" },
    ]);
    expect(nodes.find(({ kind }) => kind === "Deployment")!.pods).toEqual({ running: 1, pending: 1 });
    expect(collapsed).toBe(false);
  });

  it("by app: what leads to an app belongs to it", () => {
    const { nodes } = buildMap(sourceOf(shop), ["shop"], "app");
    expect(Object.fromEntries(nodes.map(({ name, kind, group }) => [`${kind} ${name}`, group]))).toEqual({
      "ConfigMap settings": "web",
      "Deployment web": "web",
      "HorizontalPodAutoscaler auto": "web",
      "Ingress door": "web",
      "Service lonely": "lonely",
      "Service web": "web",
    });
  });

  it("by node: pods, those without a node apart", () => {
    const { nodes } = buildMap(sourceOf(shop), [], "node");
    expect(nodes.map(({ name, group, status }) => [name, group, status])).toEqual([
      ["web-1-a", "n1", "running"],
      ["web-1-b", "", "pending"],
    ]);
  });

  it("of very many objects: groups with the worst that is in them", () => {
    const pods = Array.from({ length: 600 }, (_, i) => ({
      kind: "Pod",
      metadata: { name: `p-${i}`, namespace: `ns-${i % 3}`, uid: `p-${i}` },
      spec: podSpec,
      status: { phase: i === 4 ? "Failed" : "Succeeded" },
    }));
    const { nodes, edges, collapsed } = buildMap(sourceOf({ pods }), [], "namespace");
    expect([collapsed, edges]).toEqual([true, []]);
    expect(nodes.map(({ name, status, pods: counts }) => [name, status, counts])).toEqual([
      ["ns-0", "succeeded", { succeeded: 200 }],
      ["ns-1", "failed", { succeeded: 199, failed: 1 }],
      ["ns-2", "succeeded", { succeeded: 200 }],
    ]);
  });
});
