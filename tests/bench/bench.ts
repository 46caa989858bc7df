import { fileURLToPath } from "node:url";
import { buildIfStale } from "../../main/setup/build.ts";
import setUp from "../support/setUp.ts";
import type { Measurement } from "./measurement.ts";
import { network } from "./network.ts";
import { podStart } from "./podStart.ts";
import { startUp } from "./startUp.ts";

// `npm run bench [-- name …]`: measures, one after another; each row is a ratio to something measured in the same run.
const benches: Record<string, () => Promise<Measurement[]>> = { startUp, podStart, network };

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !benches[name]);
if (unknown.length > 0) throw new Error(`no such bench: ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);

await setUp();
await buildIfStale(fileURLToPath(new URL("../..", import.meta.url)), (text) => console.error(text));
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  for (const { what, value, unit, reference, ratio } of await bench()) {
    const compared = reference === undefined ? "" : `  reference ${reference.toFixed(1)} ${unit}`;
    const share = ratio === undefined ? "" : `  ratio ${ratio.toFixed(2)}`;
    console.log(`${name}: ${what.padEnd(48)} ${value.toFixed(1)} ${unit}${compared}${share}`);
  }
}
