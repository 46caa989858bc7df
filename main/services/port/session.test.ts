import { describe, expect, it } from "vitest";
import type { ToWindow } from "../../../shared/contract.ts";
import { ServiceError } from "../errors.ts";
import { FakeClock } from "../fakeClock.ts";
import { Session } from "./session.ts";
import type { Handlers, StreamEnds, StreamSource } from "./types.ts";

/** A session whose only request fails by will, and whose only stream counts. */
function start(request: () => Promise<never> | Promise<null> = async () => null) {
  const clock = new FakeClock();
  const sent: ToWindow[] = [];
  const source = { value: 0, seen: 0, closed: false, updates: [] as unknown[], ends: undefined as StreamEnds | undefined };
  const counter: StreamSource<never, never> = {
    next() {
      if (source.seen === source.value) return undefined;
      source.seen = source.value;
      return source.value as never;
    },
    update: (update) => void source.updates.push(update),
    [Symbol.dispose]: () => void (source.closed = true),
  };
  const open = (_params: unknown, ends: StreamEnds) => {
    source.ends = ends;
    return counter;
  };
  const handlers = { requests: { "clusters.connect": request }, streams: { view: { pace: 100, open } } } as unknown as Handlers;
  let deliver: (message: unknown) => void = () => {};
  let hangUp = () => {};
  new Session(
    { send: (message) => sent.push(message), onMessage: (listener) => (deliver = listener), onClose: (listener) => (hangUp = listener) },
    handlers,
    clock,
    Promise.resolve(),
  );
  const post = async (message: unknown) => {
    deliver(message);
    await clock.step(0);
  };
  const count = async () => {
    source.value++;
    source.ends!.wake();
    await clock.step(0);
  };
  return { clock, sent, source, post, count, hangUp: () => hangUp() };
}

const view = { cluster: "local", resource: { group: "", version: "v1", resource: "pods" }, filter: {}, range: { start: 0, count: 10 } };
const open = (credit: number) => ({ type: "open", id: 7, name: "view", params: view, credit });

describe("a window's session", () => {
  it.each([
    ["parameters of the wrong type", { type: "request", id: 1, name: "clusters.connect", params: { cluster: 5 } }, "bad-params"],
    ["a name that the contract lacks", { type: "request", id: 1, name: "clusters.format", params: {} }, "unknown-name"],
    ["a name of every object's prototype", { type: "request", id: 1, name: "constructor", params: {} }, "unknown-name"],
    ["an envelope that is none", { type: "shout", id: 1 }, "bad-message"],
  ])("refuses %s", async (_name, message, code) => {
    const { sent, post } = start();
    await post(message);
    expect(sent).toMatchObject([{ type: "error", id: 1, error: { code } }]);
  });

  it("answers a request, and tells a failure with its code", async () => {
    const failing = start(async () => {
      throw new ServiceError("read-only", "it is set to read-only: allow changes");
    });
    await failing.post({ type: "request", id: 2, name: "clusters.connect", params: { cluster: "local" } });
    expect(failing.sent).toEqual([{ type: "error", id: 2, error: { code: "read-only", message: "it is set to read-only: allow changes" } }]);

    const working = start();
    await working.post({ type: "request", id: 3, name: "clusters.connect", params: { cluster: "local" } });
    expect(working.sent).toEqual([{ type: "answer", id: 3, answer: null }]);
  });

  it("sends nothing without credit, then only the latest state", async () => {
    const { clock, sent, post, count } = start();
    await post(open(0));
    await count();
    await count();
    await clock.step(1000);
    expect(sent).toEqual([]);
    await post({ type: "credit", id: 7, credit: 1 });
    expect(sent).toEqual([{ type: "message", id: 7, message: 2 }]);
  });

  it("keeps to the pace of the stream", async () => {
    const { clock, sent, post, count } = start();
    await post(open(100));
    for (let i = 0; i < 50; i++) {
      await count();
      await clock.step(20);
    }
    expect(sent.length).toBeGreaterThanOrEqual(9);
    expect(sent.length).toBeLessThanOrEqual(11);
  });

  it("sends what is left before the end of a stream", async () => {
    const { sent, source, post, clock } = start();
    await post(open(10));
    source.value = 1;
    source.ends!.end(new ServiceError("gone", "the object is gone"));
    await clock.step(1000);
    expect(sent).toEqual([
      { type: "message", id: 7, message: 1 },
      { type: "end", id: 7, error: { code: "gone", message: "the object is gone" } },
    ]);
    expect(source.closed).toBe(true);
  });

  it("closes a stream when the window asks, and all when it goes", async () => {
    const asked = start();
    await asked.post(open(10));
    await asked.post({ type: "close", id: 7 });
    expect(asked.source.closed).toBe(true);
    const gone = start();
    await gone.post(open(10));
    gone.hangUp();
    expect(gone.source.closed).toBe(true);
  });

  it("checks updates too", async () => {
    const { sent, source, post } = start();
    await post(open(10));
    await post({ type: "update", id: 7, update: { range: { start: 3, count: 5 } } });
    expect(source.updates).toEqual([{ range: { start: 3, count: 5 } }]);
    await post({ type: "update", id: 7, update: { range: { start: -1, count: 5 } } });
    expect(sent).toMatchObject([{ type: "end", id: 7, error: { code: "bad-params" } }]);
  });
});
