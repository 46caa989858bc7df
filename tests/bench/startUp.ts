import { spawnSync } from "node:child_process";
import { startWherry } from "../support/wherry.ts";
import { type Measurement, median, timed } from "./measurement.ts";

const runs = 5;

/** From the start of the process on a fresh data dir to the first answer, beside Node's own start. */
export async function startUp(): Promise<Measurement[]> {
  const ready: number[] = [];
  const again: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < runs; i++) {
    bare.push(await timed(async () => spawnSync(process.execPath, ["-e", "0"])));
    const first = await startWherry({ runtime: "simulated" });
    ready.push(first.readyMs);
    await first.kill("SIGTERM");
    const second = await startWherry({ runtime: "simulated", dataDir: first.dataDir });
    again.push(second.readyMs);
    await second.destroy();
  }
  const node = median(bare);
  const row = (what: string, values: number[]): Measurement => ({
    what,
    value: median(values),
    unit: "ms",
    reference: node,
    ratio: median(values) / node,
  });
  return [row("fresh data dir to ready (reference: node -e 0)", ready), row("known data dir to ready", again)];
}
