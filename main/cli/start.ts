import { appendFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createLog, type LogLevel } from "../../cluster-engine/base/log.ts";
import type { Cluster } from "../../cluster-engine/types.ts";
import type { Command, Values } from "./commands.ts";
import { snapshotFile } from "./snapshot.ts";
import { openApp } from "./dashboard.ts";
import { cloudChoice, dataDirOf, dataDirOption, runtimeChoice, text, wholeNumber } from "./options.ts";

export const start: Command = {
  summary: "start the cluster; without --headless with its window",
  form: "[--headless] [--port P] [--runtime R] …",
  options: {
    ...dataDirOption,
    headless: { type: "boolean" },
    port: { type: "string" },
    runtime: { type: "string" },
    nodes: { type: "string" },
    cloud: { type: "string" },
    "cloud-config": { type: "string" },
    "scheduler-config": { type: "string" },
    "from-snapshot": { type: "string" },
    kubeconfig: { type: "string" },
    verbose: { type: "boolean" },
  },
  async run(values) {
    if (!values["headless"]) return openApp(dataDirOf(values));
    return runHeadless(values);
  },
};

/** Runs the cluster in this process until it is told to stop. */
async function runHeadless(values: Values): Promise<number> {
  const dataDir = dataDirOf(values);
  const kubeconfig = text(values, "kubeconfig");
  const cloudConfig = text(values, "cloud-config");
  const schedulerConfig = text(values, "scheduler-config");
  const fromSnapshot = text(values, "from-snapshot");
  // The packaged app brings the image along and names it.
  const systemImageArchive = process.env["WHERRY_SYSTEM_IMAGE"];
  const { startCluster } = await import("../../cluster-engine/cluster.ts");
  const cluster = await startCluster({
    dataDir,
    port: wholeNumber(values, "port", { min: 0, max: 65_535, fallback: 0 }),
    runtime: runtimeChoice(values),
    nodes: wholeNumber(values, "nodes", { min: 0, max: 5_000, fallback: 1 }),
    cloud: cloudChoice(values),
    ...(cloudConfig ? { cloudConfig: resolve(cloudConfig) } : {}),
    ...(schedulerConfig ? { schedulerConfig: resolve(schedulerConfig) } : {}),
    ...(fromSnapshot ? { fromSnapshot: snapshotFile(fromSnapshot) } : {}),
    ...(systemImageArchive ? { systemImageArchive } : {}),
    ...(kubeconfig ? { kubeconfig: resolve(kubeconfig) } : {}),
    log: createLog(fileWriter(dataDir), () => Date.now(), (values["verbose"] ? "debug" : "info") satisfies LogLevel),
  });
  console.log(`ready ${cluster.url} in ${Math.round(performance.now())} ms (kubeconfig ${cluster.kubeconfigPath})`);
  if (cluster.recovery) console.error(cluster.recovery);
  cluster.runtime.then(
    (report) => {
      console.error(report.simulated ? "pods are simulated" : `pods run on ${report.name} ${report.version}`);
      if (report.networkProblem && !report.simulated) console.error(`Services have no traffic: ${report.networkProblem}`);
    },
    (error: Error) => console.error(`no pods: ${error.message}`),
  );
  return untilStopped(cluster);
}

function untilStopped(cluster: Cluster): Promise<number> {
  // Timers of the engine do not keep the process alive: this does.
  const heartbeat = setInterval(() => {}, 1 << 30);
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(heartbeat);
      void cluster.stop().then(() => resolve(0));
    };
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
  });
}

function fileWriter(dataDir: string): (line: string) => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "engine.log");
  return (line) => {
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch {
      // A full disk must not end the cluster: the line goes to the terminal instead.
      process.stderr.write(line);
    }
  };
}
