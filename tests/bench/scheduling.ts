import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Namespaces, Nodes, Pods, ServiceAccounts } from "../../cluster-engine/api/resources.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import type { PodSpec } from "../../shared/kubernetes/types.ts";
import { startTestApiServer } from "../support/startApiServer.ts";
import { compared, type Measurement } from "./measurement.ts";
import { binaries, limits, startOriginals } from "./originals.ts";
import { until } from "./waiting.ts";

const nodeCount = Number(process.env["SCHEDULING_NODES"] ?? 1_000);
const podCount = Number(process.env["SCHEDULING_PODS"] ?? 5_000);
const runs = Number(process.env["SCHEDULING_RUNS"] ?? 2);
const namespace = "scheduling";
const limitMs = 300_000;

/**
 * Pods bound a second while 5,000 wait for 1,000 nodes, a fifth of them with spread or affinity: our scheduler beside the
 * original with its client limits lifted. Both talk HTTPS to the same API, one after the other: first to the original API
 * server on etcd, then to ours.
 */
export async function scheduling(): Promise<Measurement[]> {
  const original = await startOriginals({ apiOnly: true });
  const beside = await measured(original.kubeconfig).finally(() => original.stop());
  const ours = await startTestApiServer({ store: "lmdb" });
  const own = await measured(ours.kubeconfigPath).finally(() => ours.close());
  const row = (what: string, { wherry, kubernetes }: Rates) => compared(`on ${what}`, "pods/s", wherry, kubernetes);
  return [row("the original API server", beside), row("our API server", own)];
}

interface Rates {
  wherry: number[];
  kubernetes: number[];
}

async function measured(kubeconfig: string): Promise<Rates> {
  const client = createClient(httpsTransport(readFileSync(kubeconfig, "utf8"), { userAgent: "bench" }));
  await client.resource(Namespaces).create({ metadata: { name: namespace } });
  await client.resource(ServiceAccounts).create({ metadata: { namespace, name: "default" } });
  await inParallel(nodeCount, (i) => createNode(client, i));
  const rates: Rates = { wherry: [], kubernetes: [] };
  for (let run = 0; run < runs; run++) {
    rates.wherry.push(await oneRun(client, () => startOurs(kubeconfig)));
    rates.kubernetes.push(await oneRun(client, () => startTheirs(kubeconfig)));
  }
  return rates;
}

/** Pods are created first, then a scheduler starts; counted from the first binding to the last. */
async function oneRun(client: Client, start: () => ChildProcess): Promise<number> {
  await inParallel(podCount, (i) =>
    client.resource(Pods).create({ metadata: { namespace, name: `pod-${i}`, labels: labelsOf(i) }, spec: specOf(i) }),
  );
  const bound = watchBindings(client);
  const scheduler = start();
  try {
    await until("all pods are bound", limitMs, () => bound.times.size >= podCount);
  } finally {
    bound.stop();
    scheduler.kill("SIGTERM");
    if (scheduler.exitCode === null) await new Promise((resolve) => scheduler.once("exit", resolve));
  }
  await inParallel(podCount, (i) => client.resource(Pods).delete({ namespace, name: `pod-${i}` }, { gracePeriodSeconds: 0 }));
  await until("all pods are gone", limitMs, async () => (await client.resource(Pods).list(namespace, { limit: 1 })).items.length === 0);
  const times = [...bound.times.values()];
  return (times.length / (Math.max(...times) - Math.min(...times))) * 1000;
}

/** The first change of each pod is its binding: nobody else works on them. */
function watchBindings(client: Client): { times: Map<string, number>; stop(): void } {
  const times = new Map<string, number>();
  const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  const watch = client.transport.watch(
    { method: "GET", path: `/api/v1/namespaces/${namespace}/pods`, query: { watch: true }, headers: { accept } },
    {
      onEvent({ type, object }) {
        const { uid } = (object as { metadata: { uid: string } }).metadata;
        if (type === "MODIFIED" && !times.has(uid)) times.set(uid, performance.now());
      },
      onEnd() {},
    },
  );
  return { times, stop: () => watch[Symbol.dispose]() };
}

function startOurs(kubeconfig: string): ChildProcess {
  const program = fileURLToPath(new URL("schedulingProcess.ts", import.meta.url));
  const profile = process.env["SCHEDULING_PROFILE"] ? ["--cpu-prof", `--cpu-prof-dir=${process.env["SCHEDULING_PROFILE"]}`] : [];
  return spawn(process.execPath, [...profile, "--import", "tsx", program, kubeconfig], { stdio: ["ignore", "ignore", "inherit"] });
}

function startTheirs(kubeconfig: string): ChildProcess {
  const access = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((name) => `--${name}=${kubeconfig}`);
  const args = [...access, "--bind-address=127.0.0.1", "--secure-port=0", "--leader-elect=false", ...limits];
  return spawn(join(binaries, "kube-scheduler"), args, { stdio: "ignore" });
}

/** A record that takes pods: nobody works on it. */
async function createNode(client: Client, i: number): Promise<void> {
  const nodes = client.resource(Nodes);
  const name = `node-${i}`;
  const labels = { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": `zone-${i % 10}` };
  const capacity = { cpu: "32", memory: "128Gi", pods: "110", "ephemeral-storage": "100Gi" };
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  const created = await nodes.create({ metadata: { name, labels }, spec: {} });
  // New nodes are tainted until a controller has seen them ready.
  await nodes.patch(created.metadata, { spec: { taints: null } });
  await nodes.patch(created.metadata, { status: { capacity, allocatable: capacity, conditions } }, { subresource: "status" });
}

/** One in ten spreads over zones, one in ten keeps off its own kind and likes its zone. */
const kindOf = (i: number): "spread" | "affinity" | "plain" => (i % 10 === 0 ? "spread" : i % 10 === 5 ? "affinity" : "plain");
const labelsOf = (i: number): Record<string, string> => ({ app: `${kindOf(i)}-${Math.floor(i / 1_000)}` });

function specOf(i: number): PodSpec {
  const resources = { requests: { cpu: "100m", memory: "128Mi" } };
  const labelSelector = { matchLabels: labelsOf(i) };
  const spec: PodSpec = { containers: [{ name: "app", image: "registry.k8s.io/pause:3.10", resources }] };
  const kind = kindOf(i);
  if (kind === "spread") {
    const topologyKey = "topology.kubernetes.io/zone";
    spec.topologySpreadConstraints = [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector }];
  }
  if (kind === "affinity") {
    const term = (topologyKey: string) => ({ topologyKey, labelSelector });
    spec.affinity = {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term("kubernetes.io/hostname")] },
      podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term("topology.kubernetes.io/zone") }] },
    };
  }
  return spec;
}

/** 32 at a time. */
async function inParallel(count: number, task: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: 32 }, work));
}
