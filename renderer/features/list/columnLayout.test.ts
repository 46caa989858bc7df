import { describe, expect, it } from "vitest";
import type { ViewColumn } from "../../../shared/contract.ts";
import { fitColumns, gridTemplate, layColumns, moved, orderedColumns, resized, toggled } from "./columnLayout.ts";

const columns: ViewColumn[] = [
  { id: "name", title: "Name", type: "text" },
  { id: "namespace", title: "Namespace", type: "text" },
  { id: "status", title: "Status", type: "status" },
  { id: "ip", title: "IP", type: "text", extra: true },
  { id: "age", title: "Age", type: "time" },
];
const shown = (choice = {}, showNamespace = true) => layColumns(columns, choice, { showNamespace }).map((column) => column.id);

describe("the columns of a list", () => {
  it("leave out extra ones until they are chosen, and the namespace when one is shown", () => {
    expect(shown()).toEqual(["name", "namespace", "status", "age"]);
    expect(shown({}, false)).toEqual(["name", "status", "age"]);
    expect(shown(toggled(columns[3]!, {}))).toEqual(["name", "namespace", "status", "ip", "age"]);
    expect(shown(toggled(columns[2]!, {}))).toEqual(["name", "namespace", "age"]);
    expect(shown(toggled(columns[2]!, toggled(columns[2]!, {})))).toEqual(["name", "namespace", "status", "age"]);
  });

  it("the name can't be hidden", () => {
    expect(shown({ hidden: ["name"] })).toContain("name");
  });

  it("move by one place, and not beyond the ends", () => {
    expect(orderedColumns(columns, moved(columns, "age", -1, {})).map((column) => column.id)).toEqual(["name", "namespace", "status", "age", "ip"]);
    expect(moved(columns, "name", -1, {})).toEqual({});
  });

  it.each([
    [10, 56],
    [120.4, 120],
    [5000, 800],
  ])("a width of %d becomes %d", (asked, width) => {
    expect(resized("status", asked, {}).widths).toEqual({ status: width });
  });

  it.each([
    [2000, ["name", "status", "ip", "owner", "age"]],
    [650, ["name", "status", "owner", "age"]],
    [500, ["name", "status", "age"]],
    [100, ["name", "status"]],
  ])("in %d px are %j", (width, ids) => {
    const wide: ViewColumn[] = [
      columns[0]!,
      columns[2]!,
      { id: "ip", title: "IP", type: "text" },
      { id: "owner", title: "Owner", type: "ref" },
      columns[4]!,
    ];
    const laid = layColumns(wide, {}, { showNamespace: false });
    expect(fitColumns(laid, width, false, {}).map((column) => column.id)).toEqual(ids);
    expect(fitColumns(laid, 100, false, { widths: { ip: 90 } }).map((column) => column.id)).toContain("ip");
  });

  it("a sized column is no longer flexible", () => {
    expect(gridTemplate(layColumns(columns, {}, { showNamespace: false }), true)).toBe("36px minmax(168px, 168fr) 128px 72px 16px");
    expect(gridTemplate(layColumns(columns, resized("name", 300, {}), { showNamespace: false }), false)).toBe(
      "16px 300px 128px 72px minmax(16px, 1fr)",
    );
  });
});
