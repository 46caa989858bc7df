import { expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { startCompactor } from "./compactor.ts";
import { MemoryStore } from "./memory.ts";

test("history older than the interval is forgotten, what is newer stays", async () => {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const write = () => store.write({ key: "/a", type: "put", encode: () => Buffer.from("x") });
  await write();
  await write();
  using _compactor = startCompactor({ store, clock, log: silentLog, intervalMs: 1000 });
  await write();
  await clock.step(1000);
  expect(store.compacted).toBe(2);
  await write();
  await clock.step(1000);
  expect(store.compacted).toBe(3);
});
