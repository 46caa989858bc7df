import { randomBytes } from "node:crypto";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { runtimeContract } from "../contract.ts";
import { candidates, findEngine, ownSurroundings } from "./discovery.ts";
import { DockerRuntime } from "./dockerRuntime.ts";
import { ensureTestImage, testImage } from "./testImage.ts";

// Needs a container engine and fails without one: a skipped contract would prove nothing.
runtimeContract("the docker runtime", async () => {
  const { client, tried } = await findEngine({ candidates: candidates(ownSurroundings()), clock: systemClock });
  if (!client) throw new Error(`this test needs a container engine: ${JSON.stringify(tried)}`);
  await ensureTestImage(client);
  const clusterId = `test-${randomBytes(4).toString("hex")}`;
  const runtime = new DockerRuntime({ client, clusterId, clock: systemClock, log: silentLog, sandboxImage: testImage });
  return {
    runtime,
    image: testImage,
    absentImage: "127.0.0.1:1/no-such:1",
    async dispose() {
      await runtime.purge();
      await runtime[Symbol.asyncDispose]();
    },
  };
});
