import { readFileSync } from "node:fs";
import { Deployments, Pods } from "../../cluster-engine/api/resources.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { startWherry } from "../support/wherry.ts";
import type { Measurement } from "./measurement.ts";
import { cpuSecondsOf, residentBytesOf } from "./processUsage.ts";
import { pause, until } from "./waiting.ts";

const workloads = 100;
const settleMs = 60_000;
const measuredMs = 60_000;
/** Share of a core, %. */
const wanted = 1;

/** The engine's CPU while 100 Deployments run with both probes and nothing changes; beside what is wanted at most. */
export async function idle(): Promise<Measurement[]> {
  const cluster = await startWherry({ runtime: "simulated", nodes: 1 });
  const client = createClient(httpsTransport(readFileSync(cluster.kubeconfig, "utf8"), { userAgent: "bench" }));
  try {
    await Promise.all(Array.from({ length: workloads }, (_, i) => client.resource(Deployments).create(deployment(`idle-${i}`))));
    await until("all pods are ready", 120_000, async () => {
      const { items } = await client.resource(Pods).list("default");
      const isReady = (pod: (typeof items)[number]) => pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      return items.filter(isReady).length === workloads;
    });
    await pause(settleMs);
    // From outside: whoever reads /metrics has the engine watch its own event loop.
    const pid = cluster.process.pid!;
    const before = cpuSecondsOf(pid);
    await pause(measuredMs);
    const value = ((cpuSecondsOf(pid) - before) * 1000 * 100) / measuredMs;
    return [
      { what: `CPU with ${workloads} workloads (reference: the aim)`, value, unit: "% of a core", reference: wanted, ratio: value / wanted },
      { what: "resident memory", value: residentBytesOf(pid) / 2 ** 20, unit: "MiB" },
    ];
  } finally {
    await cluster.destroy();
  }
}

function deployment(name: string) {
  const labels = { app: name };
  const probe = { httpGet: { path: "/", port: 80 } };
  const container = { name: "web", image: "web:1", ports: [{ containerPort: 80 }], readinessProbe: probe, livenessProbe: probe };
  return {
    metadata: { name, namespace: "default", labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}
