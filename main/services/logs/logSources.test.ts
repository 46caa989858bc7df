import { describe, expect, it } from "vitest";
import type { Pod } from "../../../shared/kubernetes/types.ts";
import { parseLine, restartsOf, startedContainers } from "./logSources.ts";

const lines: [string, string, { at: number; time: string; text: string }][] = [
  [
    "a line with its time",
    "2026-01-01T00:00:00.123456789Z hello world",
    { at: Date.UTC(2026, 0, 1, 0, 0, 0, 123), time: "2026-01-01T00:00:00.123456789Z", text: "hello world" },
  ],
  ["an empty line", "2026-01-01T00:00:00Z ", { at: Date.UTC(2026, 0, 1), time: "2026-01-01T00:00:00Z", text: "" }],
  ["a time alone", "2026-01-01T00:00:00Z", { at: Date.UTC(2026, 0, 1), time: "2026-01-01T00:00:00Z", text: "" }],
  [
    "a line that begins with spaces",
    "2026-01-01T00:00:00Z   indented",
    { at: Date.UTC(2026, 0, 1), time: "2026-01-01T00:00:00Z", text: "  indented" },
  ],
  ["a carriage return", "2026-01-01T00:00:00Z windows\r", { at: Date.UTC(2026, 0, 1), time: "2026-01-01T00:00:00Z", text: "windows" }],
  [
    "a time of its own in the text",
    "2026-01-01T00:00:00Z 2020-05-05T00:00:00Z old",
    { at: Date.UTC(2026, 0, 1), time: "2026-01-01T00:00:00Z", text: "2020-05-05T00:00:00Z old" },
  ],
  ["a line without a time", "no time here", { at: 0, time: "", text: "no time here" }],
  ["a number at its start", "12 monkeys", { at: 0, time: "", text: "12 monkeys" }],
];

const running = { running: {} };
const pod = (status: object): Pod => ({ metadata: { name: "p" }, spec: { containers: [] }, status }) as unknown as Pod;

describe("lines of a log", () => {
  it.each(lines)("%s", (_name, line, parsed) => {
    expect(parseLine(line, "pod", "web")).toEqual({ pod: "pod", container: "web", ...parsed });
  });
});

describe("containers of a log", () => {
  it("are those that have started at least once, init containers first", () => {
    const status = {
      initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 0 } } }],
      containerStatuses: [
        { name: "web", state: running },
        { name: "looping", state: { waiting: {} }, lastState: { terminated: {} } },
        { name: "new", state: { waiting: {} } },
      ],
      ephemeralContainerStatuses: [{ name: "debug", state: running }],
    };
    expect(startedContainers(pod(status))).toEqual(["init", "web", "looping", "debug"]);
    expect(startedContainers(pod({}))).toEqual([]);
  });

  it("count their restarts", () => {
    const status = { containerStatuses: [{ name: "web", restartCount: 3 }], initContainerStatuses: [{ name: "sidecar", restartCount: 2 }] };
    expect([restartsOf(pod(status), "web"), restartsOf(pod(status), "sidecar"), restartsOf(pod(status), "none")]).toEqual([3, 2, 0]);
  });
});
