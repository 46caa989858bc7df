import { describe, expect, it } from "vitest";
import { boundTo, changeText, deedOf } from "./steps.ts";

describe("deedOf", () => {
  it.each([
    [{ verb: "create" as const }, "created"],
    [{ verb: "delete" as const }, "deleted"],
    [{ verb: "update" as const }, "updated"],
    [{ verb: "update" as const, subresource: "status" }, "reported"],
    [{ verb: "update" as const, subresource: "binding" }, "bound"],
    [{ verb: "update" as const, subresource: "scale" }, "scaled"],
    [{ verb: "create" as const, reason: "Scheduled" }, "told"],
    [{ verb: "update" as const, subresource: "resize" }, "updated"],
  ])("%o is %s", (write, deed) => expect(deedOf(write)).toBe(deed));
});

it.each([
  [{ path: "spec.replicas", from: 2, to: 3 }, "spec.replicas: 2 → 3"],
  [{ path: "spec.paused", from: true, to: false }, "spec.paused: true → false"],
  [{ path: "status.podIP", op: "add" as const, to: "10.244.0.7" }, "status.podIP: 10.244.0.7"],
  [{ path: "status.conditions", op: "add" as const }, "+ status.conditions"],
  [{ path: "spec.taints", op: "remove" as const }, "− spec.taints"],
  [{ path: "data" }, "data"],
])("%o reads %s", (change, text) => expect(changeText(change)).toBe(text));

it("a binding names its node", () => {
  expect(boundTo({ changes: [{ path: "status.conditions" }, { path: "spec.nodeName", op: "add", to: "wherry" }] })).toBe("wherry");
  expect(boundTo({ changes: [] })).toBeUndefined();
});
