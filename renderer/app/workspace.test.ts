import { describe, expect, it } from "vitest";
import { currentEntry, step, visit, withoutTab, type Tab } from "./workspace.ts";

const tab = (id: string, ...paths: string[]): Tab => ({
  id,
  namespaces: [],
  history: paths.map((path) => ({ path, list: { text: "", labelSelector: "", statuses: [], scroll: 0 } })),
  at: paths.length - 1,
});

describe("the history of a tab", () => {
  it("goes back and forward, and forgets what lay ahead when it goes elsewhere", () => {
    const there = visit(visit(tab("1", "/a"), "/b"), "/c");
    const back = step(step(there, -1), -1);
    expect(currentEntry(back).path).toBe("/a");
    expect(currentEntry(step(back, 1)).path).toBe("/b");
    const elsewhere = visit(back, "/d");
    expect(elsewhere.history.map((entry) => entry.path)).toEqual(["/a", "/d"]);
    expect(currentEntry(step(elsewhere, 1)).path).toBe("/d");
  });

  it("does not grow when it stays, unless the filter is another", () => {
    const here = tab("1", "/a");
    expect(visit(here, "/a")).toBe(here);
    expect(visit(here, "/a", { text: "redis" }).history).toHaveLength(2);
  });
});

describe("closing tabs", () => {
  const tabs = [tab("1", "/local/home"), tab("2", "/local/home"), tab("3", "/local/home")];
  it.each([
    ["2", "2", "3"],
    ["3", "3", "2"],
    ["2", "1", "2"],
  ])("with %s active, closing %s makes %s active", (active, closed, next) => {
    expect(withoutTab(tabs, active, closed).active).toBe(next);
  });

  it("the last one gives way to a fresh one in the same cluster", () => {
    const { tabs: left } = withoutTab([tab("1", "/prod/list/-/v1/pods")], "1", "1");
    expect(left).toHaveLength(1);
    expect(currentEntry(left[0]!).path).toBe("/prod/home");
  });
});
