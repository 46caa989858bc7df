import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Namespaces, Nodes, PodDisruptionBudgets, Pods, PriorityClasses, ServiceAccounts, Services } from "../../cluster-engine/api/resources.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { silentLog } from "../../cluster-engine/base/log.ts";
import { seededRandom } from "../../cluster-engine/base/random.ts";
import { createClient } from "../../cluster-engine/client/client.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Client } from "../../cluster-engine/client/types.ts";
import { type Scheduler, startScheduler } from "../../cluster-engine/scheduler/scheduler.ts";
import type { DecisionTrace } from "../../cluster-engine/scheduler/types.ts";
import type { Pod, PodSpec } from "../../shared/kubernetes/types.ts";
import type { Measurement } from "./measurement.ts";
import { binaries, limits, startOriginals } from "./originals.ts";
import { RandomWorld } from "./schedulingParityWorld.ts";
import { pause, until } from "./waiting.ts";

const cases = Number(process.env["SCHEDULING_CASES"] ?? 100);
const seeds = (process.env["SCHEDULING_SEEDS"] ?? "1,2").split(",").map(Number);
const nodeCount = 12;
const placedCount = 45;
/** What one side knows, the other knows soon after. */
const settleMs = 40;

interface Outcome {
  node?: string;
  message?: string;
  nominated?: string;
  victims: string[];
}

/**
 * Random pods in a random cluster, decided upon by our scheduler (as a dry run) and then by the original. Equal means the
 * node or, for pods that fit nowhere, the whole message, the nominated node and the victims. Ties are decided by chance on
 * both sides and count as equal; what differs is printed.
 */
export async function schedulingParity(): Promise<Measurement[]> {
  const rows: Measurement[] = [];
  for (const seed of seeds) {
    const { equal, ties, unplaced, preempting } = await compareWorld(seed);
    const what = `decisions equal to the original's, seed ${seed} (${ties} ties, ${unplaced} without a node, ${preempting} preempting)`;
    rows.push({ what, value: equal + ties, unit: "decisions", reference: cases, ratio: (equal + ties) / cases });
  }
  return rows;
}

async function compareWorld(seed: number): Promise<Counts> {
  const original = await startOriginals({ apiOnly: true });
  const access = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((name) => `--${name}=${original.kubeconfig}`);
  const args = [...access, "--bind-address=127.0.0.1", "--secure-port=0", "--leader-elect=false", ...limits];
  const theirs = spawn(join(binaries, "kube-scheduler"), args, { stdio: "ignore" });
  const transport = httpsTransport(readFileSync(original.kubeconfig, "utf8"));
  const parts = { clock: systemClock, random: seededRandom(seed), log: silentLog };
  const ours = startScheduler({ transport, ...parts, configuration: { profiles: [{ schedulerName: "ours" }] } });
  try {
    const world = new RandomWorld(seededRandom(seed));
    const client = createClient(transport);
    await makeWorld(client, world);
    return await compareAll(client, world, ours);
  } finally {
    ours[Symbol.dispose]();
    theirs.kill("SIGKILL");
    await original.stop();
  }
}

async function makeWorld(client: Client, world: RandomWorld): Promise<void> {
  for (const name of ["one", "two"]) {
    await client.resource(Namespaces).create({ metadata: { name, labels: { team: name } } });
    await client.resource(ServiceAccounts).create({ metadata: { namespace: name, name: "default" } });
  }
  for (const value of [10, 20, 30]) await client.resource(PriorityClasses).create({ metadata: { name: `p${value}` }, value });
  await client.resource(Services).create({ metadata: { namespace: "one", name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  const budget = await client.resource(PodDisruptionBudgets).create({
    metadata: { namespace: "one", name: "db" },
    spec: { minAvailable: 1, selector: { matchLabels: { app: "db" } } },
  });
  const allowed = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, observedGeneration: 1 };
  await client.resource(PodDisruptionBudgets).patch(budget.metadata, { status: allowed }, { subresource: "status" });
  for (let i = 0; i < nodeCount; i++) {
    const { labels, taints, unschedulable, status } = world.node(i);
    const created = await client.resource(Nodes).create({ metadata: { name: `n${i}`, labels }, spec: {} });
    await client.resource(Nodes).patch(created.metadata, { spec: { taints, unschedulable } });
    await client.resource(Nodes).patch(created.metadata, { status }, { subresource: "status" });
  }
  for (let i = 0; i < placedCount; i++) {
    const spec: PodSpec = {
      ...world.placedSpec(),
      nodeName: `n${world.below(nodeCount)}`,
      ...(world.maybe(0.6) ? { priorityClassName: world.pick("p10", "p20") } : {}),
    };
    await client.resource(Pods).create({ metadata: { namespace: world.namespace(), name: `placed-${i}`, labels: world.labels() }, spec });
  }
  await pause(1_000);
}

interface Counts {
  equal: number;
  ties: number;
  unplaced: number;
  preempting: number;
}

async function compareAll(client: Client, world: RandomWorld, ours: Scheduler): Promise<Counts> {
  const counts: Counts = { equal: 0, ties: 0, unplaced: 0, preempting: 0 };
  for (let i = 0; i < cases; i++) {
    const spec: PodSpec = { ...world.wantedSpec(), ...(world.maybe(0.4) ? { priorityClassName: world.pick("p10", "p20", "p30") } : {}) };
    const wanted = { metadata: { namespace: world.namespace(), name: `wanted-${i}`, labels: world.labels() }, spec };
    const typed = await client.resource(Pods).create(wanted, { dryRun: true });
    const trace = ours.whatIf({ pod: typed });
    const mine = outcomeOf(trace);
    const theirs = await byOriginal(client, wanted);
    if (theirs.message) counts.unplaced++;
    if (theirs.victims.length > 0) counts.preempting++;
    if (JSON.stringify(mine) === JSON.stringify(theirs)) counts.equal++;
    else if (isTie(trace, mine, theirs)) counts.ties++;
    else console.error(JSON.stringify({ case: i, ours: mine, theirs, wanted, nodes: trace.nodes }));
    await pause(settleMs);
  }
  return counts;
}

function outcomeOf({ node, message, preemption }: DecisionTrace): Outcome {
  return {
    ...(node ? { node } : {}),
    ...(message ? { message } : {}),
    ...(preemption ? { nominated: preemption.node } : {}),
    victims: (preemption?.victims ?? []).toSorted(),
  };
}

/** Lets the original decide, reads what came of it, and puts the world back. */
async function byOriginal(
  client: Client,
  wanted: { metadata: { namespace: string; name: string; labels: Record<string, string> }; spec: PodSpec },
): Promise<Outcome> {
  const pods = client.resource(Pods);
  await pods.create(wanted);
  let decided!: Pod;
  await until(
    "the original decides",
    30_000,
    async () => {
      decided = await pods.get(wanted.metadata);
      return (
        Boolean(decided.spec.nodeName) ||
        decided.status?.conditions?.some(({ type, status }) => type === "PodScheduled" && status === "False") === true
      );
    },
    15,
  );
  const nominated = decided.status?.nominatedNodeName;
  const victims = nominated ? await victimsOf(client) : [];
  await pods.delete(wanted.metadata, { gracePeriodSeconds: 0 });
  for (const victim of victims) await restore(client, victim);
  const message = decided.status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
  return {
    ...(decided.spec.nodeName ? { node: decided.spec.nodeName } : {}),
    ...(message ? { message } : {}),
    ...(nominated ? { nominated } : {}),
    victims: victims.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(),
  };
}

/** Pods that are ending; they are told in the background, all at about the same time. */
async function victimsOf(client: Client): Promise<Pod[]> {
  const ending = async () => (await client.resource(Pods).list()).items.filter(({ metadata }) => metadata.deletionTimestamp);
  let found: Pod[] = [];
  await until("the victims end", 10_000, async () => (found = await ending()).length > 0, 15);
  await pause(150);
  found = await ending();
  return found;
}

async function restore(client: Client, { metadata, spec }: Pod): Promise<void> {
  const { namespace, name, labels } = metadata;
  const { priority: _priority, ...rest } = spec;
  await client.resource(Pods).delete(metadata, { gracePeriodSeconds: 0 });
  await client.resource(Pods).create({ metadata: { namespace, name, labels }, spec: rest });
}

/** Equally good nodes: both schedulers choose by chance. */
function isTie({ nodes }: DecisionTrace, ours: Outcome, theirs: Outcome): boolean {
  if (ours.node && theirs.node) return nodes.find(({ name }) => name === theirs.node)?.total === Math.max(...nodes.map(({ total }) => total ?? -1));
  return ours.message === theirs.message && ours.victims.length > 0 && ours.victims.length === theirs.victims.length;
}
