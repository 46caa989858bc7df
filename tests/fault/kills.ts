import { connectCluster } from "../../cluster-engine/connect.ts";
import { seededRandom } from "../../cluster-engine/base/random.ts";
import { eventually } from "../support/machine.ts";
import { type RunningWherry, startWherry } from "../support/wherry.ts";
import { violations } from "./history.ts";
import { Follower, type Load, registers, work } from "./load.ts";

export interface KillsReport {
  rounds: number;
  operations: number;
  /** Acknowledged. */
  writes: number;
  /** Times to the ready line after a kill, ms. */
  recoveries: number[];
  /** Empty: nothing was lost, nothing came back, nothing was told twice. */
  violations: string[];
}

export interface KillsOptions {
  rounds: number;
  seed: number;
  runtime?: "docker" | "simulated";
}

const clients = 8;
const namespace = "default";
/** Writes of a round before it is killed: at least so many, and so many more by chance. */
const writesOf = { least: 20, more: 200 };
const follows = 10_000;

/** Kills the engine at random points under a mixed load, again and again, and judges the whole history. */
export async function playKills(
  first: RunningWherry,
  { rounds, seed, runtime = "simulated" }: KillsOptions,
): Promise<{ report: KillsReport; last: RunningWherry }> {
  const random = seededRandom(seed);
  const load: Load = { operations: [], writes: 0 };
  const recoveries: number[] = [];
  let running = first;
  const access = () => connectCluster(running.kubeconfig);
  const followers = await Promise.all(
    registers.map(
      async (register) => new Follower(register, (await access().resource(register.type).list(namespace)).metadata.resourceVersion ?? "0"),
    ),
  );
  const found: string[] = [];
  for (let round = 0; round < rounds && found.length === 0; round++) {
    for (const follower of followers) follower.follow(access());
    let live = true;
    const target = load.writes + writesOf.least + Math.floor(random.next() * writesOf.more);
    const working = Array.from({ length: clients }, (_, id) => work(access(), id, seededRandom(seed + round * clients + id), load, () => live));
    await eventually(() => load.writes >= target, 20_000);
    await running.kill("SIGKILL");
    live = false;
    await Promise.all(working);
    running = await startWherry({ dataDir: running.dataDir, runtime });
    recoveries.push(running.readyMs);
    found.push(...(await caughtUp(followers, access)));
  }
  for (const follower of followers) follower.stop();
  found.push(...judged(load, followers));
  return { report: { rounds, operations: load.operations.length, writes: load.writes, recoveries, violations: found }, last: running };
}

const judged = (load: Load, followers: readonly Follower[]): string[] =>
  violations(
    load.operations,
    followers.flatMap(({ told }) => told),
  );

/** Resumed watches tell all that is there; what they told last is what a list shows. */
async function caughtUp(followers: readonly Follower[], access: () => ReturnType<typeof connectCluster>): Promise<string[]> {
  const found: string[] = [];
  for (const [i, follower] of followers.entries()) {
    const register = registers[i]!;
    follower.follow(access());
    const { items } = await access().resource(register.type).list(namespace);
    const newest = Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
    if (!(await eventually(() => follower.revision >= newest, follows)))
      found.push(`the watch of ${register.type.resource} stayed at ${follower.revision}, ${newest} is there`);
    const last = new Map(follower.told.map((event) => [event.key, event]));
    for (const item of items) {
      const event = last.get(`${register.type.resource}/${item.metadata.name}`);
      // Others keep Leases there too: the watch began after them.
      if (event && event.value !== register.of(item)) found.push(`${event.key}: the watch told ${event.value}, the list has ${register.of(item)}`);
    }
  }
  return found;
}
