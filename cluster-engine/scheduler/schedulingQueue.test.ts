import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { Heap } from "./heap.ts";
import { prioritySort } from "./plugins/prioritySort.ts";
import { SchedulingQueue } from "./schedulingQueue.ts";
import { node, pod } from "./testWorld.ts";
import type { ClusterEvent, Plugin } from "./types.ts";

const added: ClusterEvent = { type: "nodeAdded", node: node("n").node };
const gone: ClusterEvent = { type: "podDeleted", pod: pod() };
/** It waits for nodes. */
const picky: Plugin = { name: "Picky", wakesOn: (event) => event.type === "nodeAdded" };
const refused = new Set(["Picky"]);

let queue: SchedulingQueue;
afterEach(() => queue[Symbol.dispose]());

function setUp(gate: (name: string) => boolean = () => false) {
  const clock = new FakeClock();
  queue = new SchedulingQueue({
    clock,
    compare: prioritySort.compare!,
    gate: ({ metadata }) => (gate(metadata.name) ? "Gate" : undefined),
    plugins: (_, names) => (names.has(picky.name) ? [picky] : []),
  });
  const take = () => {
    const taken = queue.take();
    if (taken) queue.finish();
    return taken;
  };
  return { clock, take, name: () => take()?.pod.metadata.name };
}

describe("ready pods", () => {
  test("come by priority, then by arrival, however they changed meanwhile", () => {
    const { name } = setUp();
    for (const [each, priority] of [
      ["a", 0],
      ["b", 5],
      ["c", 0],
      ["d", 0],
    ] as const)
      queue.add(pod({ name: each, priority }));
    queue.add(pod({ name: "c", priority: 9 }));
    queue.remove(pod({ name: "a" }));
    expect([name(), name(), name(), name()]).toEqual(["c", "b", "d", undefined]);
  });

  test("are in order, whatever their priorities", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (priorities) => {
        const heap = new Heap<[number, number]>((a, b) => a[0] > b[0] || (a[0] === b[0] && a[1] < b[1]));
        priorities.forEach((priority, i) => heap.push([priority, i]));
        const popped = priorities.map(() => heap.pop());
        expect(popped).toEqual(priorities.map((priority, i) => [priority, i] as const).toSorted((a, b) => b[0] - a[0] || a[1] - b[1]));
        expect(heap.pop()).toBeUndefined();
      }),
    ));
});

describe("pods that failed", () => {
  test("wait for an event that a refusing plugin waits for", () => {
    const { take } = setUp();
    queue.add(pod({ name: "p" }));
    queue.park(take()!, refused);
    queue.notify(gone);
    expect(take()).toBeUndefined();
    queue.notify(added);
    expect(take()?.attempts).toBe(2);
  });

  test("do not miss what happened during their attempt", () => {
    setUp();
    queue.add(pod({ name: "p" }));
    const taken = queue.take()!;
    queue.notify(added);
    queue.park(taken, refused);
    queue.finish();
    expect(queue.take()?.attempts).toBe(2);
    queue.finish();
  });

  test("rest longer each time after an error, up to ten seconds", async () => {
    const { clock, take } = setUp();
    queue.add(pod({ name: "p" }));
    const rests: number[] = [];
    let last = clock.monotonic();
    queue.onReady = () => {
      rests.push(clock.monotonic() - last);
      last = clock.monotonic();
      queue.retry(take()!);
    };
    queue.retry(take()!);
    await clock.step(36_000);
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test("that rest after an error are not hurried; others are when nothing else is ready", async () => {
    const { clock, take, name } = setUp();
    queue.add(pod({ name: "failed" }));
    queue.retry(take()!);
    expect(name()).toBeUndefined();
    queue.add(pod({ name: "refused" }));
    queue.park(take()!, refused);
    queue.notify(added);
    expect(name()).toBe("refused");
    await clock.step(1_000);
    expect(name()).toBe("failed");
  });

  test("are tried again after five minutes", async () => {
    const { clock, name } = setUp();
    queue.add(pod({ name: "p" }));
    queue.park(queue.take()!, refused);
    queue.finish();
    await clock.step(300_000);
    expect(name()).toBeUndefined();
    await clock.step(31_000);
    expect(name()).toBe("p");
  });

  test("are forgotten when they are gone", () => {
    const { take } = setUp();
    queue.add(pod({ name: "p" }));
    queue.park(take()!, refused);
    queue.remove(pod({ name: "p" }));
    queue.notify(added);
    expect([take(), queue.size]).toEqual([undefined, 0]);
  });
});

describe("pods that PreEnqueue keeps out", () => {
  test("are heeded by no event, only when they are looked at again", async () => {
    let closed = true;
    const { clock, name } = setUp(() => closed);
    queue.add(pod({ name: "p" }));
    closed = false;
    queue.notify(added);
    await clock.step(400_000);
    expect(name()).toBeUndefined();
    queue.reconsider("uid-p");
    expect(name()).toBe("p");
  });
});
