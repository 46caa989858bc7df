import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildIfStale } from "../../main/setup/build.ts";
import { startWherry } from "../support/wherry.ts";
import { exhaustDescriptors, idleWatches, sleepAndWake } from "./limits.ts";
import { playKills } from "./kills.ts";

// `npm run fault [-- --rounds 200 --seed N]`: kills of the engine under a mixed load.

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "200" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (![rounds, seed].every(Number.isSafeInteger) || rounds < 1) throw new Error("--rounds and --seed must be whole numbers, --rounds at least 1");

await buildIfStale(fileURLToPath(new URL("../..", import.meta.url)), (text) => console.error(text));
console.log(`seed ${seed}`);
await playLimits();
const { report, last } = await playKills(await startWherry({ runtime: "simulated" }), { rounds, seed });
await last.destroy();

async function playLimits(): Promise<void> {
  const large = await startWherry({ runtime: "simulated" });
  const { watches, lastEventMs, memoryEach } = await idleWatches(large, 10_000);
  console.log(`${watches} idle watches: the last was told ${lastEventMs.toFixed(0)} ms after the write; ${(memoryEach / 1024).toFixed(1)} KiB each`);
  await sleepAndWake(large, 10_000);
  console.log("a sleep of 10 s: nothing changed");
  await large.destroy();
  const small = await startWherry({ runtime: "simulated", descriptors: 300 });
  const { refused } = await exhaustDescriptors(small, 1000);
  console.log(`1000 connections with 300 file descriptors: ${refused} closed by the engine, and it answers afterwards`);
  await small.destroy();
}
for (const violation of report.violations.slice(0, 50)) console.log(`VIOLATION ${violation}`);
const longest = Math.max(...report.recoveries);
console.log(
  `${report.recoveries.length} kills, ${report.operations} operations, ${report.writes} acknowledged writes, longest recovery ${longest} ms`,
);
const failed = report.violations.length > 0 ? 1 : 0;
console.log(`${report.recoveries.length - failed} passed, ${failed} failed`);
process.exitCode = failed;
