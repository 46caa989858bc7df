import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, ConnectionError } from "../errors.ts";
import { FakeClock } from "../fakeClock.ts";
import { PolledStream } from "./polledStream.ts";

let clock: FakeClock;
let readings: (string | Error)[];
let reads: number;
let woken: number;
let ended: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  readings = [];
  reads = woken = 0;
  ended = [];
});

const open = (every: (quietMs: number) => number = () => 1000) =>
  new PolledStream<string>({
    clock,
    every,
    ends: { wake: () => void woken++, end: (error) => void ended.push(error) },
    read: async () => {
      const reading = readings[Math.min(reads++, readings.length - 1)]!;
      if (reading instanceof Error) throw reading;
      return reading;
    },
  });

const settled = () => new Promise((resolve) => setImmediate(resolve));
const step = (ms: number) => clock.step(ms);

describe("PolledStream", () => {
  it("sends the first reading, then only what differs", async () => {
    readings = ["a", "a", "b"];
    const stream = open();
    await settled();
    expect([stream.next(), stream.next(), woken]).toEqual(["a", undefined, 1]);
    await step(1000);
    expect([stream.next(), woken]).toEqual([undefined, 1]);
    await step(1000);
    expect([stream.next(), woken, reads]).toEqual(["b", 2, 3]);
  });

  it("asks less often the longer there is nothing new", async () => {
    readings = ["a"];
    open((quietMs) => (quietMs < 2000 ? 1000 : 10_000));
    await settled();
    for (let seconds = 0; seconds < 12; seconds++) await step(1000);
    // At 0, 1 and 2 s, then at 12 s.
    expect(reads).toBe(4);
  });

  it("a wish to read during a reading makes one more", async () => {
    readings = ["a", "b", "c"];
    const stream = open();
    void stream.read();
    void stream.read();
    await settled();
    expect([reads, stream.next()]).toEqual([2, "b"]);
  });

  it("outlives a cluster that is down, and ends when it refuses", async () => {
    readings = ["a", new ConnectionError("refused", "down"), "b", new ApiError(403, { message: "no" })];
    const stream = open();
    await settled();
    await step(1000);
    expect([stream.next(), ended]).toEqual(["a", []]);
    await step(1000);
    expect(stream.next()).toBe("b");
    await step(1000);
    expect(ended).toHaveLength(1);
    await step(10_000);
    expect(reads).toBe(4);
  });

  it("reads no more once it is closed", async () => {
    readings = ["a"];
    const stream = open();
    stream[Symbol.dispose]();
    await settled();
    await step(5000);
    expect([reads, stream.next(), woken]).toEqual([1, undefined, 0]);
  });
});
