import { describe, expect, it } from "vitest";
import type { MapEdge, MapNode } from "../../../shared/map.ts";
import { nextInDirection, shapeOf, shownBy, treeOf, type MapFilter } from "./mapModel.ts";

const node = (id: string, kind: string, more: Partial<MapNode> = {}): MapNode => ({ id, kind, name: id, group: "shop", ...more });
const nodes = [
  node("door", "Ingress"),
  node("web", "Service"),
  node("app", "Deployment", { status: "failed" }),
  node("settings", "ConfigMap"),
  node("other", "Deployment", { status: "running", group: "else" }),
];
const edges: MapEdge[] = [
  { from: "door", to: "web", relation: "routes" },
  { from: "web", to: "app", relation: "selects" },
  { from: "app", to: "settings", relation: "uses" },
];
const all: MapFilter = { text: "", problems: false, config: true };
const ids = (filter: Partial<MapFilter>) => shownBy({ nodes, edges }, { ...all, ...filter }).nodes.map(({ id }) => id);

describe("what the map shows", () => {
  it("is everything, until something is asked for", () => {
    expect(ids({})).toEqual(["door", "web", "app", "settings", "other"]);
    expect(ids({ config: false })).toEqual(["door", "web", "app", "other"]);
  });

  it("keeps the neighbours of what matches", () => {
    expect(ids({ text: "web" })).toEqual(["door", "web", "app"]);
    expect(ids({ problems: true })).toEqual(["web", "app", "settings"]);
    expect(ids({ text: "else" })).toEqual(["other"]);
  });

  it("around one: all that leads there and where it leads", () => {
    expect(ids({ around: "app" })).toEqual(["door", "web", "app", "settings"]);
    expect(ids({ around: "other" })).toEqual(["other"]);
  });

  it("has the same shape whatever the state", () => {
    const changed = nodes.map((each) => ({ ...each, status: "pending" as const }));
    expect(shapeOf({ nodes: changed, edges })).toBe(shapeOf({ nodes, edges }));
    expect(shapeOf({ nodes: nodes.slice(1), edges })).not.toBe(shapeOf({ nodes, edges }));
  });
});

describe("the tree", () => {
  const rows = (closed: string[] = []) =>
    treeOf({ nodes, edges }, new Set(closed)).map(({ level, node: own, group }) => `${level} ${own?.id ?? group}`);

  it("begins with what nothing leads to", () => {
    expect(rows()).toEqual(["1 else", "2 other", "1 shop", "2 door", "3 web", "4 app", "5 settings"]);
    expect(rows(["shop"])).toEqual(["1 else", "2 other", "1 shop"]);
    expect(rows(["shop>door"])).toEqual(["1 else", "2 other", "1 shop", "2 door"]);
  });

  it("ends in a circle", () => {
    const circle: MapEdge[] = [
      { from: "door", to: "web", relation: "routes" },
      { from: "web", to: "door", relation: "routes" },
    ];
    expect(treeOf({ nodes: nodes.slice(0, 2), edges: circle }, new Set()).map(({ node: own }) => own?.id)).toEqual([
      undefined,
      "door",
      "web",
      "web",
      "door",
    ]);
  });
});

it("an arrow key leads to the nearest in its direction", () => {
  const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
  const others = [
    { id: "right", box: box(100, 5) },
    { id: "far", box: box(300, 0) },
    { id: "below", box: box(0, 50) },
  ];
  expect(nextInDirection(box(0, 0), others, "ArrowRight")).toBe("right");
  expect(nextInDirection(box(0, 0), others, "ArrowDown")).toBe("below");
  expect(nextInDirection(box(0, 0), others, "ArrowLeft")).toBeUndefined();
});
