import { expect, it } from "vitest";
import type { Reach } from "../../../shared/access.ts";
import { findResource, moveInGrid, qualified, shownRows } from "./accessModel.ts";

const resource = (group: string, name: string, kind: string, subresources: string[] = [], shortNames: string[] = []) => ({
  group,
  version: "v1",
  resource: name,
  kind,
  namespaced: true,
  verbs: ["list"],
  shortNames,
  categories: [],
  subresources,
});
const offered = [resource("", "pods", "Pod", ["log"], ["po"]), resource("apps", "deployments", "Deployment", [], ["deploy"])];

it.each([
  ["pods", { group: "", resource: "pods" }],
  ["po", { group: "", resource: "pods" }],
  ["pods/log", { group: "", resource: "pods/log" }],
  ["pods/nothing", undefined],
  ["deployments.apps", { group: "apps", resource: "deployments" }],
  ["Deployment", { group: "apps", resource: "deployments" }],
  ["things", undefined],
])("%s is found", (text, found) => expect(findResource(text, offered)).toEqual(found));

it("a subresource stands behind the group's resource", () => {
  expect(qualified({ group: "apps", resource: "deployments/scale" })).toBe("deployments.apps/scale");
});

it("filters leave what matches and is granted", () => {
  const rows = offered.map(({ group, resource: name, kind }, index) => ({
    group,
    resource: name,
    kind,
    namespaced: true,
    verbs: (index === 0 ? {} : { get: "all" }) as Record<string, Reach>,
  }));
  expect(shownRows(rows, { text: "", granted: true }).map(({ kind }) => kind)).toEqual(["Deployment"]);
  expect(shownRows(rows, { text: "POD", granted: false }).map(({ kind }) => kind)).toEqual(["Pod"]);
});

it.each([
  ["ArrowDown", { row: 2, column: 1 }],
  ["ArrowLeft", { row: 1, column: 0 }],
  ["PageDown", { row: 4, column: 1 }],
  ["End", { row: 1, column: 7 }],
  ["x", undefined],
])("%s moves in the grid", (key, place) => expect(moveInGrid({ row: 1, column: 1 }, key, 5)).toEqual(place));
