import { expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { WorkQueue } from "./workQueue.ts";

const newQueue = () => {
  const clock = new FakeClock(0);
  return { clock, queue: new WorkQueue({ clock }) };
};

test("a key that waits is not added twice", async () => {
  const { queue } = newQueue();
  for (const key of ["a", "b", "a"]) queue.add(key);
  expect(await queue.take()).toBe("a");
  expect(await queue.take()).toBe("b");
  expect(queue.length).toBe(0);
});

test("a key added while it is worked on comes again after done, and not before", async () => {
  const { queue } = newQueue();
  queue.add("a");
  await queue.take();
  queue.add("a");
  queue.add("a");
  expect(queue.length).toBe(0);
  queue.done("a");
  expect(queue.length).toBe(1);
});

test("backoff doubles per key and starts anew when forgotten", async () => {
  const { clock, queue } = newQueue();
  const delays: number[] = [];
  const fail = async () => {
    const before = clock.monotonic();
    queue.addRateLimited("a");
    while (queue.length === 0) await clock.step(1);
    delays.push(clock.monotonic() - before);
    queue.done((await queue.take())!);
  };
  for (let i = 0; i < 4; i++) await fail();
  expect(queue.retries("a")).toBe(4);
  queue.forget("a");
  await fail();
  expect(delays).toEqual([5, 10, 20, 40, 5]);
});

test("addAfter keeps the earlier of two times", async () => {
  const { clock, queue } = newQueue();
  queue.addAfter("a", 100);
  queue.addAfter("a", 20);
  queue.addAfter("a", 50);
  await clock.step(20);
  expect(queue.length).toBe(1);
  expect(clock.pending).toBe(0);
});

test("closing releases waiting workers and stops timers", async () => {
  const { clock, queue } = newQueue();
  const taken = queue.take();
  queue.addAfter("a", 10);
  queue[Symbol.dispose]();
  expect(await taken).toBeUndefined();
  expect(clock.pending).toBe(0);
});
