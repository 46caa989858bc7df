import { expect, test } from "vitest";
import { sharedParts } from "./sharedParts.ts";

test("equal parts come from the other object, the rest stays", () => {
  const other = { phase: "Running", conditions: [{ type: "Ready" }, { type: "Other" }], containers: [{ state: { running: 1 } }] };
  const value = { phase: "Running", conditions: [{ type: "Ready" }, { type: "Own" }], containers: [{ state: { running: 1 }, last: {} }] };
  const shared = sharedParts(value, other);
  expect(shared).toEqual(value);
  expect(shared.conditions[0]).toBe(other.conditions[0]);
  expect(shared.conditions[1]).not.toBe(other.conditions[1]);
  expect(shared.containers[0]!.state).toBe(other.containers[0]!.state);
  expect(sharedParts(value, undefined)).toBe(value);
});
