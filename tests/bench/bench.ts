import { fileURLToPath } from "node:url";
import { buildIfStale } from "../../main/setup/build.ts";
import setUp from "../support/setUp.ts";
import { capacity } from "./capacity.ts";
import { idle } from "./idle.ts";
import type { Measurement } from "./measurement.ts";
import { network } from "./network.ts";
import { podStart } from "./podStart.ts";
import { rollout } from "./rollout.ts";
import { scheduling } from "./scheduling.ts";
import { schedulingParity } from "./schedulingParity.ts";
import { startUp } from "./startUp.ts";

// `npm run bench [-- name …]`: measures, one after another; each row is a ratio to something measured in the same run.
// WHERRY_PROGRAM measures another build than the one of this tree.
const benches: Record<string, () => Promise<Measurement[]>> = { startUp, podStart, network, rollout, scheduling, schedulingParity, capacity, idle };
const withEngine = ["podStart", "network"];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !benches[name]);
if (unknown.length > 0) throw new Error(`no such bench: ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
const chosen = named.length > 0 ? named : Object.keys(benches);

if (chosen.some((name) => withEngine.includes(name))) await setUp();
if (!process.env["WHERRY_PROGRAM"]) await buildIfStale(fileURLToPath(new URL("../..", import.meta.url)), (text) => console.error(text));
for (const name of chosen) {
  for (const { what, value, unit, reference, ratio } of await benches[name]!()) {
    const compared = reference === undefined ? "" : `  reference ${reference.toFixed(1)} ${unit}`;
    const share = ratio === undefined ? "" : `  ratio ${ratio.toFixed(2)}`;
    console.log(`${name}: ${what.padEnd(48)} ${value.toFixed(1)} ${unit}${compared}${share}`);
  }
}
