import { readFileSync } from "node:fs";
import { Deployments, Namespaces, Nodes, Pods, ServiceAccounts } from "../../cluster-engine/api/resources.ts";
import { resourcePath } from "../../cluster-engine/api/resourceType.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import type { Node, Pod } from "../../shared/kubernetes/types.ts";
import { startWherry } from "../support/wherry.ts";
import { compared, type Measurement } from "./measurement.ts";
import { startOriginals } from "./originals.ts";
import { pause, until } from "./waiting.ts";

const replicas = 500;
const nodeCount = 10;
const runs = 5;
const namespace = "rollout";
const limitMs = 120_000;

/**
 * A Deployment of 500 replicas on 10 nodes, from its creation until every pod is bound. The original's nodes are records
 * that nobody works on, as no kubelet is part of it; ours is measured on such, and on simulated nodes that start each pod.
 */
export async function rollout(): Promise<Measurement[]> {
  const original = await measureOriginal();
  const records = await measureOurs(0);
  const simulated = await measureOurs(nodeCount);
  const row = (what: string, values: number[]) => compared(`${what}: ${replicas} replicas bound`, "ms", values, original);
  return [row("nodes as records", records), row("simulated nodes", simulated)];
}

async function measureOriginal(): Promise<number[]> {
  const original = await startOriginals();
  try {
    return await measure(original.kubeconfig, true);
  } finally {
    await original.stop();
  }
}

async function measureOurs(nodes: number): Promise<number[]> {
  const cluster = await startWherry({ runtime: "simulated", nodes });
  try {
    return await measure(cluster.kubeconfig, nodes === 0);
  } finally {
    await cluster.destroy();
  }
}

async function measure(kubeconfig: string, records: boolean): Promise<number[]> {
  const client = createClient(httpsTransport(readFileSync(kubeconfig, "utf8"), { userAgent: "bench" }));
  await client.resource(Namespaces).create({ metadata: { name: namespace } });
  if (records) await Promise.all(Array.from({ length: nodeCount }, (_, i) => createRecord(client, `record-${i}`)));
  await until("nodes take pods", limitMs, async () => {
    const { items } = await client.resource(Nodes).list();
    return items.length === nodeCount && items.every(takesPods);
  });
  await until("the ServiceAccount", limitMs, async () => (await client.resource(ServiceAccounts).list(namespace)).items.length > 0);
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const ms = await oneRollout(client, `web-${run}`);
    // The first one warms caches and compilers up.
    if (run > 0) times.push(ms);
  }
  return times;
}

const takesPods = ({ spec, status }: Node) =>
  !spec?.taints?.length && Boolean(status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"));

async function createRecord(client: Client, name: string): Promise<void> {
  const nodes = client.resource(Nodes);
  const room = { cpu: "64", memory: "256Gi", pods: "250", "ephemeral-storage": "500Gi" };
  const now = new Date().toISOString().slice(0, 19) + "Z";
  const created = await nodes.create({ metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } }, spec: {} });
  const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime: now, lastTransitionTime: now }];
  const status = { capacity: room, allocatable: room, conditions };
  await nodes.patch(created.metadata, { status }, { subresource: "status" });
}

async function oneRollout(client: Client, name: string): Promise<number> {
  const labels = { app: name };
  let begun = 0;
  const all = allBound(client, name).then(() => performance.now() - begun);
  const resources = { requests: { cpu: "10m", memory: "16Mi" } };
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: "web", image: "web:1", resources }] };
  begun = performance.now();
  const deployment = await client.resource(Deployments).create({
    metadata: { name, namespace, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  const ms = await all;
  await removed(client, deployment.metadata);
  return ms;
}

/** Resolves when as many pods as there are replicas have a node. A server may end the watch of a slow reader: it is opened again. */
function allBound(client: Client, name: string): Promise<void> {
  const bound = new Set<string>();
  const request = { method: "GET", path: resourcePath(Pods, { namespace }), query: { watch: true, labelSelector: `app=${name}` } } as const;
  return new Promise((resolve, reject) => {
    const open = () => {
      const watch = client.transport.watch(request, {
        onEvent: ({ object }) => {
          const { metadata, spec } = object as Pod;
          if (spec?.nodeName) bound.add(metadata.uid);
          if (bound.size < replicas) return;
          watch[Symbol.dispose]();
          resolve();
        },
        onEnd: (error) => (error ? reject(error) : bound.size < replicas && open()),
      });
    };
    open();
  });
}

/** Records have no kubelet: their pods are deleted for good from here. */
async function removed(client: Client, deployment: { namespace: string; name: string }): Promise<void> {
  const labelSelector = `app=${deployment.name}`;
  await client.resource(Deployments).delete(deployment, { propagationPolicy: "Background" });
  await until("the pods are gone", limitMs, async () => {
    await client.resource(Pods).deleteCollection(namespace, { gracePeriodSeconds: 0, labelSelector });
    return (await client.resource(Pods).list(namespace, { limit: 1, labelSelector })).items.length === 0;
  });
  // Events and statuses of this round do not disturb the next one.
  await pause(1000);
}
