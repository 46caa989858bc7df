import { readFileSync } from "node:fs";
import { Deployments, Namespaces, Nodes } from "../../cluster-engine/api/resources.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { startWherry } from "../support/wherry.ts";
import type { Measurement } from "./measurement.ts";
import { anonymousBytes, engineUsage, type ProcessUsage } from "./processUsage.ts";
import { until } from "./waiting.ts";

const nodeCount = 1_000;
const replicas = 1_000;
const deployments = Number(process.env["CAPACITY_DEPLOYMENTS"] ?? 100);
const namespaces = 10;
const limitMs = 40 * 60_000;
const sampleMs = 1_000;

/** What is wanted at most. */
const wantedGiB = 4;
const wantedLagMs = 100;

/** 1,000 simulated nodes and 100,000 pods: the time to have all ready, the engine's memory, and how long its loop was held up. */
export async function capacity(): Promise<Measurement[]> {
  const cluster = await startWherry({ runtime: "simulated", nodes: nodeCount });
  const client = createClient(httpsTransport(readFileSync(cluster.kubeconfig, "utf8"), { userAgent: "bench" }));
  const samples: ProcessUsage[] = [];
  const sample = async () => void samples.push(await engineUsage(cluster.kubeconfig));
  const waitFor = (what: string, holds: () => Promise<boolean>) => until(what, limitMs, async () => (await sample(), holds()), sampleMs);
  try {
    const begun = performance.now();
    await waitFor("all nodes are ready", async () => (await readyNodes(client)) === nodeCount);
    const nodesMs = performance.now() - begun + cluster.readyMs;
    const filling = performance.now();
    await fill(client);
    await waitFor("all pods are ready", async () => (await readyReplicas(client)) === deployments * replicas);
    const seconds = (performance.now() - filling) / 1000;
    await waitFor("the rest is done", settled(samples));
    const last = samples.at(-1)!;
    const lags = samples.map(({ loopLagMaxSeconds }) => loopLagMaxSeconds * 1000);
    const pods = deployments * replicas;
    return [
      { what: `${nodeCount} nodes ready after the start`, value: nodesMs / 1000, unit: "s" },
      { what: `${pods} pods ready`, value: seconds, unit: "s" },
      { what: "pods a second", value: pods / seconds, unit: "" },
      against("resident memory at the end (reference: the aim)", last.residentBytes / 2 ** 30, "GiB", wantedGiB),
      against("highest resident memory", Math.max(...samples.map(({ residentBytes }) => residentBytes)) / 2 ** 30, "GiB", wantedGiB),
      { what: "of it the process's own, not files", value: anonymousBytes(cluster.process.pid!) / 2 ** 30, unit: "GiB" },
      { what: "heap in use at the end", value: last.heapBytes / 2 ** 30, unit: "GiB" },
      against("longest hold-up of the event loop (reference: the aim)", Math.max(...lags), "ms", wantedLagMs),
      { what: "seconds with a hold-up above it", value: lags.filter((ms) => ms > wantedLagMs).length, unit: `of ${lags.length}` },
    ];
  } finally {
    await cluster.destroy();
  }
}

const against = (what: string, value: number, unit: string, reference: number): Measurement => ({
  what,
  value,
  unit,
  reference,
  ratio: value / reference,
});

async function readyNodes(client: Client): Promise<number> {
  const { items } = await client.resource(Nodes).list();
  return items.filter(({ status }) => status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True")).length;
}

/** Deployments know of their pods: their list is small. */
async function readyReplicas(client: Client): Promise<number> {
  const { items } = await client.resource(Deployments).list();
  return items.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0);
}

async function fill(client: Client): Promise<void> {
  const names = Array.from({ length: namespaces }, (_, i) => `capacity-${i}`);
  await Promise.all(names.map((name) => client.resource(Namespaces).create({ metadata: { name } })));
  for (let i = 0; i < deployments; i++) await client.resource(Deployments).create(deployment(names[i % namespaces]!, `web-${i}`));
}

/** The engine has come to rest: below a third of a core for five readings. */
function settled(samples: ProcessUsage[]): () => Promise<boolean> {
  return async () => {
    const [first, last] = [samples.at(-6), samples.at(-1)];
    return first !== undefined && last !== undefined && last.cpuSeconds - first.cpuSeconds < (5 * sampleMs) / 3000;
  };
}

function deployment(namespace: string, name: string) {
  const labels = { app: name };
  const container = { name: "web", image: "web:1", resources: { requests: { cpu: "10m", memory: "16Mi" } } };
  return {
    metadata: { name, namespace, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}
