import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../shared/contract.ts";
import { appendLog, emptyLog, findLines, logPattern, splitMatches } from "./logBuffer.ts";

const line = (at: number, text: string): LogEntry => ({ seq: at, at, pod: "p", container: "c", text });

describe("the buffer of a log", () => {
  it("keeps lines of several pods in the order of their time", () => {
    const buffer = appendLog(appendLog(emptyLog, [line(10, "a"), line(30, "c")]), [line(20, "b")]);
    expect(buffer.entries.map((entry) => entry.text)).toEqual(["a", "b", "c"]);
  });

  it("drops the oldest above its capacity and counts them", () => {
    const buffer = appendLog(appendLog(emptyLog, [line(1, "a"), line(2, "b")], 3), [line(3, "c"), line(4, "d")], 3);
    expect(buffer.entries.map((entry) => entry.text)).toEqual(["b", "c", "d"]);
    expect(buffer.dropped).toBe(1);
  });
});

it("remembers pods in the order of their first line, also when their lines fell out", () => {
  const of = (pod: string, at: number): LogEntry => ({ ...line(at, "x"), pod });
  const buffer = appendLog(appendLog(emptyLog, [of("b", 1), of("a", 2)], 2), [of("c", 3), of("a", 4)], 2);
  expect(buffer.pods).toEqual(["b", "a", "c"]);
});

describe("searching a log", () => {
  const entries = [line(1, "GET /index 200"), line(2, "POST /guestbook.php 500"), line(3, "get lost")];
  it.each([
    [{ text: "get", regex: false, caseSensitive: false }, [0, 2]],
    [{ text: "get", regex: false, caseSensitive: true }, [2]],
    [{ text: String.raw`\b5\d\d$`, regex: true, caseSensitive: false }, [1]],
    [{ text: ".php", regex: false, caseSensitive: false }, [1]],
    [{ text: "(", regex: true, caseSensitive: false }, []],
    [{ text: "", regex: false, caseSensitive: false }, []],
  ])("%j finds lines %j", (query, expected) => {
    expect(findLines(entries, logPattern(query))).toEqual(expected);
  });

  it("cuts a line at its matches and loses no character", () => {
    const parts = splitMatches("one two one", logPattern({ text: "one", regex: false, caseSensitive: false }));
    expect(parts.map((part) => part.text).join("")).toBe("one two one");
    expect(parts.filter((part) => part.match)).toHaveLength(2);
  });

  it("an expression that matches nothing everywhere leaves the line whole", () => {
    expect(splitMatches("abc", logPattern({ text: "x*", regex: true, caseSensitive: false }))).toEqual([{ text: "abc", match: false }]);
  });
});
