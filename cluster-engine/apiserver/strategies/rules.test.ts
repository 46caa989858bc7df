import { describe, expect, test } from "vitest";
import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { scheduleProblem, timeZoneProblem } from "./schedules.ts";
import { structuralProblems } from "./structuralSchemas.ts";
import { sameValue } from "./problems.ts";
import { isStrictSubset } from "./addresses.ts";

describe("schedules", () => {
  test.each(["* * * * *", "*/15 0-6,12 1,15 JAN-mar mon-Fri", "0 0 ? * 5", "@daily", "@every 1h30m", "CRON_TZ=UTC 0 4 * * *"])("%s", (schedule) => {
    expect(scheduleProblem(schedule)).toBeUndefined();
  });
  test.each([
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["@sometimes", "unrecognized descriptor: @sometimes"],
  ])("%s", (schedule, problem) => {
    expect(scheduleProblem(schedule)).toBe(problem);
  });

  test("time zones", () => {
    expect(timeZoneProblem("Europe/Berlin")).toBeUndefined();
    expect(timeZoneProblem("Europe/Atlantis")).toBe("unknown time zone Europe/Atlantis");
  });
});

describe("structural schemas", () => {
  const problems = (schema: JSONSchemaProps) => structuralProblems(schema, "schema").map(({ type, field }) => `${type} ${field}`);

  test("each level has a type", () => {
    expect(problems({ type: "object", properties: { spec: { properties: { size: { type: "integer" } } } } })).toEqual([
      "Required schema.properties[spec].type",
    ]);
  });

  test("or says that it does without", () => {
    expect(
      problems({
        type: "object",
        properties: { port: { "x-kubernetes-int-or-string": true }, raw: { "x-kubernetes-preserve-unknown-fields": true } },
      }),
    ).toEqual([]);
  });

  test("junctors only restrict what is declared outside", () => {
    const restriction: JSONSchemaProps = { properties: { size: { minimum: 1 } } };
    expect(problems({ type: "object", properties: { size: { type: "integer" } }, anyOf: [restriction] })).toEqual([]);
    expect(problems({ type: "object", anyOf: [restriction] })).toEqual(["Required schema.properties[size]"]);
  });
});

test("absent, null and empty lists are the same", () => {
  expect(sameValue({ a: [], b: undefined }, {})).toBe(true);
  expect(sameValue({ a: [{ b: null }] }, { a: [{}] })).toBe(true);
  expect(sameValue({ a: [1] }, { a: [1, 2] })).toBe(false);
  expect(sameValue({ a: "" }, {})).toBe(false);
});

test("blocks within blocks", () => {
  expect(isStrictSubset("10.1.0.0/16", "10.0.0.0/8")).toBe(true);
  expect(isStrictSubset("10.0.0.0/8", "10.0.0.0/8")).toBe(false);
  expect(isStrictSubset("2001:db8:1::/48", "2001:db8::/32")).toBe(true);
});
