import { expect, test } from "vitest";
import type { SnapshotInfo, SnapshotPort } from "../api/snapshotPort.ts";
import { FakeClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { MemoryStore } from "../store/memory.ts";
import { keepSnapshots } from "./automatic.ts";

const minute = 60_000;

function start() {
  const clock = new FakeClock();
  const store = new MemoryStore();
  let names: string[] = ["by-hand"];
  const snapshots: SnapshotPort = {
    list: async () => names.map((name) => ({ name }) as SnapshotInfo),
    create: async (name) => (names.push(name), { name } as SnapshotInfo),
    remove: async (name) => ((names = names.filter((each) => each !== name)), true),
    read: async () => undefined,
  };
  const keeping = keepSnapshots({ snapshots, store, clock, log: silentLog });
  const write = (key: string) => store.write({ key, type: "put", encode: (revision) => Buffer.from(String(revision)) });
  const pass = async (minutes: number) => {
    for (let i = 0; i < minutes; i++) await clock.step(minute);
  };
  return { clock, write, pass, keeping, automatic: () => names.filter((name) => name !== "by-hand"), all: () => names };
}

test("a snapshot is taken when something changed, and the newest three stay", async () => {
  const { write, pass, keeping, automatic, all } = start();
  await write("/registry/core/configmaps/default/a");
  await pass(1);
  expect(automatic()).toHaveLength(1);
  await pass(30);
  expect(automatic()).toHaveLength(1);
  await write("/registry/coordination.k8s.io/leases/default/a");
  await pass(10);
  expect(automatic()).toHaveLength(1);
  const [first] = automatic();
  for (let i = 0; i < 3; i++) {
    await write("/registry/core/configmaps/default/a");
    await pass(10);
  }
  expect(automatic()).toHaveLength(3);
  expect(automatic()).not.toContain(first);
  expect(all()).toContain("by-hand");
  keeping[Symbol.dispose]();
  await write("/registry/core/configmaps/default/a");
  await pass(20);
  expect(automatic()).toHaveLength(3);
});
