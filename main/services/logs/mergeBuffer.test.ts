import { describe, expect, it } from "vitest";
import { parseLine } from "./logSources.ts";
import { MergeBuffer } from "./mergeBuffer.ts";

const line = (at: number, pod: string) => ({ at, pod, container: "c", text: `${pod} at ${at}` });

describe("MergeBuffer", () => {
  it("orders the lines of several pods by time, and lines of one time as they came", () => {
    const buffer = new MergeBuffer();
    buffer.add([line(10, "a"), line(30, "a")], 0);
    buffer.add([line(20, "b"), line(30, "b")], 0);
    expect(buffer.take(1000).map(({ seq, text }) => [seq, text])).toEqual([
      [0, "a at 10"],
      [1, "b at 20"],
      [2, "a at 30"],
      [3, "b at 30"],
    ]);
    expect(buffer.empty).toBe(true);
  });

  it("holds a line back for a moment, in case an older one comes", () => {
    const buffer = new MergeBuffer();
    buffer.add([line(10, "a")], 1000);
    expect(buffer.take(1100)).toEqual([]);
    buffer.add([line(5, "b")], 1100);
    expect(buffer.take(1400).map(({ pod }) => pod)).toEqual(["b", "a"]);
  });

  it("gives a line without a time that of the one before it", () => {
    const buffer = new MergeBuffer();
    buffer.add([line(10, "a"), { ...line(0, "a"), text: "  at main()" }, line(11, "a")], 0);
    expect(buffer.take(1000).map(({ at, text }) => [at, text])).toEqual([
      [10, "a at 10"],
      [10, "  at main()"],
      [11, "a at 11"],
    ]);
  });

  it("says how many lines it had to leave out", () => {
    const buffer = new MergeBuffer();
    for (let i = 0; i < 250; i++)
      buffer.add(
        Array.from({ length: 1000 }, (_unused, j) => line(i * 1000 + j, "a")),
        0,
      );
    expect(buffer.take(1000)[0]).toMatchObject({ marker: "lost", text: expect.stringContaining("50000 lines") as string });
  });
});

describe("parseLine", () => {
  it.each([
    ["2026-01-01T00:00:00.5Z hello world", { at: Date.UTC(2026, 0, 1, 0, 0, 0, 500), text: "hello world" }],
    ["2026-01-01T00:00:00.123456789Z \twith\r", { at: Date.UTC(2026, 0, 1, 0, 0, 0, 123), text: "\twith" }],
    ["2026-01-01T00:00:00Z ", { at: Date.UTC(2026, 0, 1), text: "" }],
    ["no time at all", { at: 0, text: "no time at all" }],
  ])("reads %j", (text, expected) => {
    expect(parseLine(text, "p", "c")).toMatchObject(expected);
  });
});
