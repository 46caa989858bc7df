import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, test, vi } from "vitest";
import { Namespaces } from "../../cluster-engine/api/resources.ts";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { openPki } from "../../cluster-engine/pki/pki.ts";
import type { Pki } from "../../cluster-engine/pki/types.ts";
import { Command, type Commands } from "./commands/command.ts";
import { daemonSetCommands, daemonSetCreation } from "./commands/daemonSets.ts";
import { deploymentCommands, deploymentCreation } from "./commands/deployments.ts";
import { cronJobCommands, cronJobCreation, jobCommands, jobCreation, suspendCronJobs } from "./commands/jobs.ts";
import { statefulSetCommands, statefulSetCreation } from "./commands/statefulSets.ts";
import { evictionCommands } from "./commands/evictions.ts";
import { namespaceCommands, serviceCommands } from "./commands/services.ts";
import { faultCommands, machineCommands, timeCommands } from "./commands/machines.ts";
import type { Invariant } from "./invariant.ts";
import { deploymentInvariants } from "./invariants/deployments.ts";
import { budgetInvariants } from "./invariants/budgets.ts";
import { serviceInvariants } from "./invariants/services.ts";
import { cronJobInvariants, jobInvariants } from "./invariants/jobs.ts";
import { daemonSetInvariants } from "./invariants/daemonSets.ts";
import { nothingRunsUnseen } from "./invariants/machines.ts";
import { statefulSetInvariants } from "./invariants/statefulSets.ts";
import { ownershipInvariants } from "./invariants/ownership.ts";
import { namespace, World } from "./world.ts";

// Random sequences of changes, losses, jumps of the clock and API errors against the real control plane on a clock that
// the test moves. WHERRY_SEED repeats a run, WHERRY_MODEL_ROUNDS makes it longer.

vi.mock("node:crypto", async (original) => ({ ...(await original<typeof import("node:crypto")>()), randomUUID: () => nextUid() }));

const seed = Number(process.env["WHERRY_SEED"] ?? 20261125);
const rounds = Number(process.env["WHERRY_MODEL_ROUNDS"] ?? 6);
/** For the rounds of one test, and for making a failure small, ms. */
const budget = process.env["WHERRY_MODEL_ROUNDS"] ? 1_800_000 : 15_000;
const shrinking = Number(process.env["WHERRY_MODEL_SHRINK_MS"] ?? 60_000);

let uids = 0;
const nextUid = (): string => `00000000-0000-4000-8000-${String(uids++).padStart(12, "0")}`;

let pki: Pki;
beforeAll(async () => {
  console.log(`seed ${seed}, ${rounds} rounds`);
  pki = await openPki({ dir: mkdtempSync(join(tmpdir(), "wherry-model-")), clock: systemClock, dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
});

interface Play {
  /** The first command of each sequence. */
  creation: Commands;
  commands: Commands;
  invariants: readonly Invariant[];
  /** Ends what would never come to rest. */
  calm?(world: World): Promise<void>;
}

const sequences = ({ creation, commands }: Play) => fc.tuple(creation, more(commands)).map(([first, rest]) => [first, ...rest]);

const more = (commands: Commands) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: commands },
      { weight: 5, arbitrary: timeCommands },
      { weight: 3, arbitrary: machineCommands },
      { weight: 1, arbitrary: faultCommands },
    ),
    { maxLength: 24, size: "max" },
  );

/** Plays a sequence, lets the system come to rest, and removes the namespace with all that is in it. */
async function play(sequence: Command[], chance: number, { invariants, calm }: Play): Promise<void> {
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
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${world.diary.join("\n")}`, { cause: error });
  } finally {
    await world.close();
  }
}

const always: readonly Invariant[] = [...ownershipInvariants, nothingRunsUnseen];

const plays: Record<string, Play> = {
  Deployments: { creation: deploymentCreation, commands: deploymentCommands, invariants: [...deploymentInvariants, ...always] },
  "Pods behind Services": {
    creation: deploymentCreation,
    commands: fc.oneof(
      { weight: 5, arbitrary: deploymentCommands },
      { weight: 4, arbitrary: serviceCommands },
      { weight: 1, arbitrary: namespaceCommands },
    ),
    invariants: [...deploymentInvariants, ...serviceInvariants, ...always],
  },
  Evictions: {
    creation: deploymentCreation,
    commands: fc.oneof({ weight: 2, arbitrary: deploymentCommands }, { weight: 4, arbitrary: evictionCommands }),
    invariants: [...deploymentInvariants, ...budgetInvariants, ...always],
  },
  StatefulSets: { creation: statefulSetCreation, commands: statefulSetCommands, invariants: [...statefulSetInvariants, ...always] },
  DaemonSets: { creation: daemonSetCreation, commands: daemonSetCommands, invariants: [...daemonSetInvariants, ...always] },
  Jobs: { creation: jobCreation, commands: jobCommands, invariants: [...jobInvariants, ...always] },
  CronJobs: { creation: cronJobCreation, commands: cronJobCommands, invariants: [...cronJobInvariants, ...always], calm: suspendCronJobs },
};

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
    await fc.assert(property, { seed, numRuns: rounds });
  },
  3_600_000,
);
