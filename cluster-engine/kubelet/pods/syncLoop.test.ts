import { beforeEach, expect, test } from "vitest";
import { FakeClock } from "../../base/clock.ts";
import { SyncLoop } from "./syncLoop.ts";

let clock: FakeClock;
let runs: number;
let failures: string[];
let work: () => Promise<void>;
let loop: SyncLoop;

beforeEach(() => {
  clock = new FakeClock();
  runs = 0;
  failures = [];
  work = async () => {};
  loop = new SyncLoop({
    clock,
    sync: () => {
      runs++;
      return work();
    },
    onFailure: (error) => failures.push(error.message),
  });
});

test("wake-ups during a run make one more, never two at once", async () => {
  let finish = () => {};
  work = () => new Promise((resolve) => (finish = resolve));
  loop.trigger();
  loop.trigger();
  loop.trigger();
  expect(runs).toBe(1);
  finish();
  await clock.step(0);
  expect(runs).toBe(2);
  finish();
  await clock.step(0);
  expect(runs).toBe(2);
});

test("after a failure wake-ups wait, longer each time, until one succeeds", async () => {
  work = () => Promise.reject(new Error("no"));
  loop.trigger();
  await clock.step(0);
  for (let noise = 0; noise < 5; noise++) loop.trigger();
  await clock.step(900);
  expect(runs).toBe(1);
  await clock.step(100);
  expect(runs).toBe(2);
  await clock.step(1_999);
  expect(runs).toBe(2);
  work = async () => {};
  await clock.step(1);
  expect([runs, failures]).toEqual([3, ["no", "no"]]);
  loop.trigger();
  await clock.step(0);
  expect(runs).toBe(4);
});

test("what is urgent waits for no hold, even when it comes in mid-failure", async () => {
  let fail = (_error: Error) => {};
  work = () => new Promise((_resolve, reject) => (fail = reject));
  loop.trigger();
  loop.triggerNow();
  fail(new Error("no"));
  await clock.step(0);
  expect(runs).toBe(2);
});

test("wakes at the earliest time asked for", async () => {
  loop.wakeIn(5_000);
  loop.wakeIn(1_000);
  loop.wakeIn(3_000);
  await clock.step(1_000);
  expect(runs).toBe(1);
  await clock.step(10_000);
  expect(runs).toBe(1);
});

test("a time that falls into a hold comes after it", async () => {
  work = () => Promise.reject(new Error("no"));
  loop.trigger();
  await clock.step(0);
  loop.wakeIn(100);
  await clock.step(999);
  expect(runs).toBe(1);
  await clock.step(1);
  expect(runs).toBe(2);
});

test("a stopped loop begins nothing", async () => {
  loop.wakeIn(100);
  await loop.stop();
  loop.trigger();
  await clock.step(1_000);
  expect(runs).toBe(0);
  expect(clock.pending).toBe(0);
});
