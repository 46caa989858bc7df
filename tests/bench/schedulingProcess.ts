import { readFileSync } from "node:fs";
import { systemClock } from "../../cluster-engine/base/clock.ts";
import { createLog } from "../../cluster-engine/base/log.ts";
import { systemRandom } from "../../cluster-engine/base/random.ts";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import { startScheduler } from "../../cluster-engine/scheduler/scheduler.ts";

// `node --import tsx schedulingProcess.ts KUBECONFIG`: our scheduler alone, over HTTPS, until SIGTERM.

const [kubeconfig] = process.argv.slice(2);
const log = createLog(
  (line) => process.stderr.write(line),
  () => systemClock.now(),
  "warn",
);
const transport = httpsTransport(readFileSync(kubeconfig!, "utf8"), { userAgent: "kube-scheduler" });
startScheduler({ transport, clock: systemClock, random: systemRandom, log });
process.on("SIGTERM", () => process.exit(0));
