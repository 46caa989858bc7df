import { expect, test } from "vitest";
import { every, FakeClock, sleep } from "./clock.ts";

test("a stepped clock runs due tasks in order of time", async () => {
  const clock = new FakeClock(0);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b@${clock.now()}`));
  clock.after(10, () => seen.push(`a@${clock.now()}`));
  await clock.step(15);
  expect(seen).toEqual(["a@10"]);
  await clock.step(5);
  expect(seen).toEqual(["a@10", "b@20"]);
});

test("every repeats until disposed", async () => {
  const clock = new FakeClock(0);
  let runs = 0;
  const timer = every(clock, 10, () => runs++);
  await clock.step(35);
  timer[Symbol.dispose]();
  await clock.step(100);
  expect(runs).toBe(3);
  expect(clock.pending).toBe(0);
});

test("sleep rejects when aborted", async () => {
  const clock = new FakeClock(0);
  const abort = new AbortController();
  const slept = sleep(clock, 1000, abort.signal);
  abort.abort(new Error("stop"));
  await expect(slept).rejects.toThrow("stop");
});
