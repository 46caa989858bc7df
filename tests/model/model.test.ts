import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test, vi } from "vitest";
import { keyOf } from "../../shared/kubernetes/object.ts";
import { Namespaces } from "../../cluster-engine/api/resources.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { openPki } from "../../cluster-engine/pki/pki.ts";
import type { Pki } from "../../cluster-engine/pki/types.ts";
import { Command } from "./commands/command.ts";
import { type Play, plays } from "./plays.ts";
import { sequences } from "./sequences.ts";
import { namespace, World } from "./world.ts";

// Random sequences of changes, losses, jumps of the clock and API errors against the real control plane on a clock that
// the test moves. WHERRY_SEED repeats a run, WHERRY_MODEL_ROUNDS makes it longer.

vi.mock("node:crypto", async (original) => ({ ...(await original<typeof import("node:crypto")>()), randomUUID: () => nextUid() }));

const seed = Number(process.env["WHERRY_SEED"] ?? 20261125);
const rounds = Number(process.env["WHERRY_MODEL_ROUNDS"] ?? 10);
/** For the rounds of one test, and for making a failure small, ms. */
const budget = process.env["WHERRY_MODEL_ROUNDS"] ? 1_800_000 : 7_000;
const shrinking = Number(process.env["WHERRY_MODEL_SHRINK_MS"] ?? 60_000);

/** Of a counterexample: repeats that one alone. */
const path = process.env["WHERRY_MODEL_PATH"];

let uids = 0;
const nextUid = (): string => `00000000-0000-4000-8000-${String(uids++).padStart(12, "0")}`;

let pki: Pki;
beforeAll(async () => {
  console.log(`seed ${seed}, ${rounds} rounds`);
  pki = await openPki({ dir: mkdtempSync(join(tmpdir(), "wherry-model-")), clock: systemClock, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
});

/** Plays a sequence, lets the system come to rest, and removes the namespace with all that is in it. Answers with what was written. */
async function play(sequence: Command[], chance: number, { invariants, calm }: Play): Promise<string[]> {
  uids = 0;
  const world = await World.open({ seed: chance, pki, nodes: 3, invariants });
  try {
    for (const command of sequence) {
      await command.run(world);
      await world.advance(0);
    }
    for (const name of ["node-1", "node-2", "node-3"]) world.startNode(name);
    await world.uncordonAll();
    await calm?.(world);
    await world.settle();
    await new Command("delete namespace", ({ client }) => client.resource(Namespaces).delete({ name: namespace }, {})).run(world);
    await world.settle();
    return world.history.changes.map(
      ({ at, resource, object, deleted }) => `${at} ${resource} ${keyOf(object.metadata)}${deleted ? " deleted" : ""}`,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${world.diary.join("\n")}`, { cause: error });
  } finally {
    await world.close();
  }
}

test("the same seed gives the same run", async () => {
  const each = plays["Pods behind Services"]!;
  const faults = new Command("faults", (world) => world.setRates({ errors: 0.1, cuts: 0.05, latency: 100, lag: 500 }));
  const [sequence] = fc.sample(sequences(each), { seed, numRuns: 1 });
  const first = await play([faults, ...sequence!], seed, each);
  expect(first.length).toBeGreaterThan(100);
  expect(await play([faults, ...sequence!], seed, each)).toEqual(first);
}, 600_000);

test.each(Object.entries(plays))(
  "%s keep their promises whatever happens, and settle",
  async (_, each) => {
    let end = systemClock.monotonic() + budget;
    let failed = false;
    const property = fc.asyncProperty(sequences(each), fc.nat(), async (sequence, chance) => {
      if (systemClock.monotonic() > end) return;
      try {
        await play(sequence, chance, each);
      } catch (error) {
        // From now on time goes to making the failure small.
        if (!failed) end = systemClock.monotonic() + shrinking;
        failed = true;
        throw error;
      }
    });
    await fc.assert(property, { seed, numRuns: rounds, ...(path ? { path } : {}) });
  },
  3_600_000,
);
