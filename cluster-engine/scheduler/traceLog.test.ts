import { expect, test } from "vitest";
import { TraceLog } from "./traceLog.ts";
import type { DecisionTrace } from "./types.ts";

const trace = (pod: string, attempt: number, nodes = 1): DecisionTrace =>
  ({ pod, attempt, nodes: Array.from({ length: nodes }, (_, i) => ({ name: `n${i}`, filters: [], scores: [] })) }) as unknown as DecisionTrace;

test("the last five attempts of a pod are kept", () => {
  const log = new TraceLog();
  for (let attempt = 1; attempt <= 7; attempt++) log.add(trace("default/web", attempt));
  expect(log.of("default/web").map(({ attempt }) => attempt)).toEqual([3, 4, 5, 6, 7]);
});

test("pods that were not tried for long are forgotten when there are too many", () => {
  const log = new TraceLog();
  log.add(trace("default/old", 1, 100));
  log.add(trace("default/tried-again", 1, 100));
  for (let i = 0; i < 496; i++) {
    log.add(trace(`default/p${i}`, 1, 100));
    if (i === 250) log.add(trace("default/tried-again", 2, 100));
  }
  expect([log.of("default/old").length, log.of("default/tried-again").length, log.of("default/p495").length]).toEqual([0, 2, 1]);
});
