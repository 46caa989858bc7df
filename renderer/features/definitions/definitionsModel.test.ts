import { describe, expect, it } from "vitest";
import type { Definition, SchemaField } from "../../../shared/definitions.ts";
import { byGroup, fieldRows, firstVersion, openable, problemOf } from "./definitionsModel.ts";

const definition = (group: string, kind: string, more: Partial<Definition> = {}): Definition => ({
  name: `${kind.toLowerCase()}s.${group}`,
  group,
  kind,
  plural: `${kind.toLowerCase()}s`,
  shortNames: [],
  categories: [],
  namespaced: true,
  versions: [],
  conditions: [],
  ...more,
});
const field = (path: string, children: SchemaField[] = [], description = ""): SchemaField => ({
  name: path.split(".").at(-1)!,
  path,
  type: "string",
  required: false,
  description,
  enum: [],
  limits: [],
  rules: [],
  children,
});

it("definitions are grouped, and found by kind, name and short name", () => {
  const all = [definition("air.example", "Plane"), definition("sea.example", "Boat", { shortNames: ["bt"] }), definition("sea.example", "Port")];
  const shown = (text: string) => byGroup(all, text).map(({ group, definitions }) => [group, definitions.map(({ kind }) => kind)]);
  expect(shown("")).toEqual([
    ["air.example", ["Plane"]],
    ["sea.example", ["Boat", "Port"]],
  ]);
  expect(shown("BT")).toEqual([["sea.example", ["Boat"]]]);
  expect(shown("sea")).toEqual([["sea.example", ["Boat", "Port"]]]);
});

it("the version that is stored is looked at first, unless it is not served", () => {
  const version = (name: string, served: boolean, storage: boolean) => ({ name, served, storage, stored: storage });
  const of = (...versions: Definition["versions"]) => firstVersion(definition("g", "K", { versions }));
  expect(of(version("v1beta1", true, false), version("v1", true, true))).toBe("v1");
  expect(of(version("v1beta1", true, false), version("v1", false, true))).toBe("v1beta1");
  expect(of()).toBe("");
});

it("a condition that is not well is its problem", () => {
  const condition = (type: string, good: boolean) => ({ type, good, status: "True", reason: "", message: "" });
  expect(problemOf(definition("g", "K", { conditions: [condition("Established", true), condition("Terminating", false)] }))?.type).toBe(
    "Terminating",
  );
});

describe("the tree of fields", () => {
  const fields = [field("spec", [field("spec.size", [], "How many."), field("spec.inner", [field("spec.inner.deep")])]), field("status")];
  const rows = (open: string[], text = "") => fieldRows(fields, new Set(open), text).map((row) => [row.field.path, row.level]);

  it("shows what is open", () => {
    expect(rows([])).toEqual([
      ["spec", 1],
      ["status", 1],
    ]);
    expect(rows(["spec", "spec.inner"]).map(([path]) => path)).toEqual(["spec", "spec.size", "spec.inner", "spec.inner.deep", "status"]);
  });

  it("a filter shows matches and what leads to them", () => {
    expect(rows([], "deep")).toEqual([
      ["spec", 1],
      ["spec.inner", 2],
      ["spec.inner.deep", 3],
    ]);
    expect(rows([], "how many").map(([path]) => path)).toEqual(["spec", "spec.size"]);
    expect(openable(fields)).toEqual(["spec", "spec.inner"]);
  });
});
