import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { dataPaths, runningEngine } from "../../cluster-engine/dataDir.ts";
import type { Command } from "./commands.ts";
import { dataDirOf, dataDirOption } from "./options.ts";

const patienceMs = 30_000;

export const stop: Command = {
  summary: "stop the cluster; pods run on unless --pods",
  form: "[--pods]",
  options: { ...dataDirOption, pods: { type: "boolean" } },
  async run(values) {
    const dataDir = dataDirOf(values);
    const stopped = await stopEngine(dataDir);
    console.log(stopped ? "stopped" : `no cluster runs on ${dataDir}`);
    if (values["pods"] && existsSync(dataPaths(dataDir).settings)) {
      const { removePods } = await import("../../cluster-engine/removePods.ts");
      const count = await removePods(dataDir);
      console.log(`removed ${count} pod${count === 1 ? "" : "s"}`);
    }
    return 0;
  },
};

/** Asks the engine's process to end. @throws Error when it does not within 30 s. */
async function stopEngine(dataDir: string): Promise<boolean> {
  const engine = runningEngine(dataDir);
  if (!engine) return false;
  process.kill(engine.pid, "SIGTERM");
  for (const end = Date.now() + patienceMs; Date.now() < end; await wait(50)) if (!runningEngine(dataDir)) return true;
  throw new Error(`process ${engine.pid} did not stop within ${patienceMs / 1000} s`);
}
