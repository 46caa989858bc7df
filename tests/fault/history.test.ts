import { describe, expect, test } from "vitest";
import { type Operation, type Told, violations } from "./history.ts";

// The judge itself: good histories pass, each kind of bad one is found.

const key = "configmaps/a";
const write = (value: string, revision: number, [invoked, returned]: [number, number], more: Partial<Operation> = {}): Operation => ({
  client: 1,
  key,
  kind: "write",
  value,
  revision,
  invoked,
  returned,
  outcome: "ok",
  ...more,
});
const read = (value: string | undefined, revision: number | undefined, [invoked, returned]: [number, number]): Operation => ({
  client: 2,
  key,
  kind: "read",
  value,
  ...(revision === undefined ? {} : { revision }),
  invoked,
  returned,
  outcome: "ok",
});
const told = (...events: [value: string | undefined, revision: number][]): Told[] =>
  events.map(([value, revision]) => ({ key, uid: "u", value, revision }));

const good: Operation[] = [
  write("1", 5, [0, 10], { basis: 0 }),
  read("1", 5, [11, 12]),
  write("2", 6, [13, 20], { basis: 5 }),
  read("1", 5, [14, 15]),
  read("2", 6, [16, 19]),
  { client: 1, key, kind: "delete", uid: "u", invoked: 21, returned: 25, outcome: "ok" },
  read(undefined, undefined, [26, 27]),
];
const all = told(["1", 5], ["2", 6], [undefined, 7]);

describe("a history", () => {
  test("of one order is right", () => {
    expect(violations(good, all)).toEqual([]);
    expect(violations([...good, write("3", 0, [30, 40], { outcome: "unknown" })], all)).toEqual([]);
    expect(violations([...good, write("3", 0, [30, 40], { outcome: "unknown" })], [...all, ...told(["3", 9])])).toEqual([]);
  });

  test.each<[string, Operation[], Told[], RegExp]>([
    ["a lost write", good, told(["1", 5], [undefined, 7]), /lost: client 1: write of configmaps\/a = 2/],
    ["a lost deletion", good, told(["1", 5], ["2", 6]), /lost: client 1: delete/],
    ["a refused write that is there", [...good, write("3", 0, [30, 40], { outcome: "refused" })], [...all, ...told(["3", 9])], /nobody's write/],
    ["an event twice", good, told(["1", 5], ["2", 6], ["2", 6], [undefined, 7]), /told revision 6 after 6/],
    [
      "a lost update",
      [write("1", 5, [0, 1]), write("x", 6, [2, 3]), write("2", 7, [4, 5], { basis: 5 })],
      told(["1", 5], ["x", 6], ["2", 7]),
      /lost update/,
    ],
    ["a later write with a smaller revision", [write("1", 9, [0, 1]), write("2", 8, [2, 3])], told(["2", 8], ["1", 9]), /back in time/],
    ["a stale read", [write("1", 5, [0, 1]), write("2", 6, [2, 3]), read("1", 5, [4, 5])], told(["1", 5], ["2", 6]), /stale or never there/],
    ["nothing where something was", [write("1", 5, [0, 1]), read(undefined, undefined, [2, 3])], told(["1", 5]), /stale or never there/],
    [
      "a read from the future",
      [write("1", 5, [0, 1]), read("2", 6, [2, 3]), write("2", 6, [4, 5])],
      told(["1", 5], ["2", 6]),
      /stale or never there/,
    ],
  ])("with %s is found out", (_name, operations, events, problem) => {
    expect(violations(operations, events).join("\n")).toMatch(problem);
  });
});
