import { describe, expect, it } from "vitest";
import type { Plan, PlanItem } from "../../../shared/contract.ts";
import { countActions, itemsToApply, mergeProgress } from "./plans.ts";

const item = (id: string, action: PlanItem["action"]): PlanItem => ({
  id,
  kind: "Pod",
  name: id,
  source: { name: "a.yaml", line: 1 },
  action,
  diff: [],
  errors: [],
  warnings: [],
  yaml: "",
});
const plan: Plan = {
  id: "p",
  cluster: "local",
  items: [item("a", "create"), item("b", "change"), item("c", "same"), item("d", "conflict"), item("e", "invalid")],
};

describe("what a plan applies", () => {
  it.each([
    ["creations and changes", new Set<string>(), false, ["a", "b"]],
    ["conflicts when they are taken over", new Set<string>(), true, ["a", "b", "d"]],
    ["not what was unticked", new Set(["a", "d"]), true, ["b"]],
  ])("%s", (_, unticked, force, ids) => {
    expect(itemsToApply({ plan, unticked, force })).toEqual(ids);
  });

  it("counts by action", () => {
    expect(countActions(plan)).toEqual({ create: 1, change: 1, same: 1, conflict: 1, invalid: 1 });
  });

  it("progress keeps the newest state of each item", () => {
    const first = mergeProgress(new Map(), [
      { item: "a", state: "applying" },
      { item: "b", state: "waiting" },
    ]);
    expect([...mergeProgress(first, [{ item: "a", state: "ready" }]).values()].map((each) => each.state)).toEqual(["ready", "waiting"]);
  });
});
