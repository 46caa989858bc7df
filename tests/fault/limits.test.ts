import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWherry, startWherry } from "../support/wherry.ts";
import { exhaustDescriptors, idleWatches, sleepAndWake } from "./limits.ts";

// A smaller play of what `npm run fault` plays at full size.

let cluster: RunningWherry;
beforeAll(async () => {
  cluster = await startWherry({ runtime: "simulated", descriptors: 300 });
});
afterAll(() => cluster?.destroy());

test("1,000 watches are told of a write, each once", async () => {
  const { memoryEach } = await idleWatches(cluster, 1000);
  expect(memoryEach).toBeLessThan(100 * 1024);
});

test("more connections than file descriptors: it lives, and answers when they are closed", async () => {
  await exhaustDescriptors(cluster, 600);
});

test("a sleep changes nothing", async () => {
  await sleepAndWake(cluster, 2000);
});
