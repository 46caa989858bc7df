import { systemClock } from "../../base/clock.ts";
import { runtimeContract } from "../contract.ts";
import { RuntimeError } from "../types.ts";
import { SimulatedRuntime } from "./simulatedRuntime.ts";

runtimeContract("the simulated runtime", async () => {
  const runtime = new SimulatedRuntime({ clusterId: "contract", clock: systemClock });
  runtime.images.refuse("registry.invalid/no-such:1", new RuntimeError("ImageNotFound", "manifest unknown"));
  await runtime.pullImage("busybox:1");
  return { runtime, image: "busybox:1", absentImage: "registry.invalid/no-such:1", dispose: () => runtime[Symbol.asyncDispose]() };
});
