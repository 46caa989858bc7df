import { createLog } from "../../cluster-engine/base/log.ts";
import { startCluster } from "../../cluster-engine/cluster.ts";
import type { EngineArguments, FromEngine, ToEngine } from "./messages.ts";

// Entry of the engine's utility process.

const args = JSON.parse(process.argv[2] ?? "{}") as EngineArguments;
const tell = (message: FromEngine) => process.parentPort.postMessage(message);
const log = createLog(
  (line) => process.stderr.write(line),
  () => Date.now(),
);

try {
  const cluster = await startCluster({ ...args, port: 0, log, onProgress: (step) => tell({ type: "step", step }) });
  tell({ type: "ready", url: cluster.url, kubeconfig: cluster.kubeconfigPath, ...(cluster.recovery ? { recovery: cluster.recovery } : {}) });
  cluster.runtime.then(
    (report) => tell({ type: "runtime", report }),
    (error: Error) => tell({ type: "runtime-failed", message: error.message }),
  );
  const stop = async (pods: boolean) => {
    await cluster.stop({ pods });
    process.exit(0);
  };
  process.parentPort.on("message", ({ data }: { data: ToEngine }) => void stop(data.pods));
  process.on("SIGTERM", () => void stop(false));
} catch (error) {
  tell({ type: "failed", message: (error as Error).message });
  // The message must leave before the process does.
  setTimeout(() => process.exit(1), 100);
}
