import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Row, StatusClass } from "../../../shared/contract.ts";
import type { Entry } from "../watch/objectCache.ts";
import { RowSet, type RowRules } from "./rowSet.ts";

const classes: StatusClass[] = ["running", "pending", "failed"];

const entry = (name: string, size: number): Entry => ({
  key: name,
  object: { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "", uid: name, resourceVersion: "1", creationTimestamp: "" }, size } as never,
});
const sizeOf = ({ object }: Entry): number => (object as unknown as { size: number }).size;

const rules = (change: Partial<RowRules> = {}): RowRules => ({
  row: (given): Row => ({
    key: given.key,
    object: { group: "", version: "v1", resource: "pods", name: given.key },
    uid: given.key,
    labels: {},
    status: classes[sizeOf(given) % 3]!,
    facts: {},
    cells: { size: sizeOf(given) },
  }),
  inScope: (given) => sizeOf(given) !== 7,
  keeps: (given) => sizeOf(given) % 5 !== 4,
  statuses: new Set(),
  sort: { column: "size", descending: true },
  ...change,
});

describe("RowSet", () => {
  it("sorts, counts what the filter hides, and shows one range", () => {
    const rows = new RowSet(rules());
    rows.reset(rules(), [entry("a", 1), entry("b", 3), entry("c", 2), entry("d", 4), entry("e", 7)]);
    expect(rows.keys(0, 2)).toEqual(["b", "c"]);
    expect({ matched: rows.matched, total: rows.total, counts: rows.statusCounts }).toEqual({
      matched: 3,
      total: 4,
      counts: { running: 1, pending: 1, failed: 1 },
    });
  });

  it("counts statuses before the status filter", () => {
    const failed = rules({ statuses: new Set<StatusClass>(["failed"]) });
    const rows = new RowSet(failed);
    rows.reset(failed, [entry("a", 1), entry("b", 2)]);
    expect(rows.keys(0, 9)).toEqual(["b"]);
    expect(rows.statusCounts).toEqual({ pending: 1, failed: 1 });
  });

  it("takes many changes at once as it takes them one by one", () => {
    const changes = Array.from({ length: 200 }, (_none, i) => (i % 3 === 2 ? { key: `k${i - 1}` } : { key: `k${i}`, entry: entry(`k${i}`, i % 13) }));
    const [together, single] = [new RowSet(rules()), new RowSet(rules())];
    together.apply(changes);
    for (const change of changes) single.apply([change]);
    expect([together.keys(0, 999), together.total, together.statusCounts]).toEqual([single.keys(0, 999), single.total, single.statusCounts]);
  });

  it("is after any changes what it would be if made anew", () => {
    const change = fc.record({ name: fc.constantFrom(..."abcdefghij".split("")), size: fc.option(fc.nat(12)) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const rows = new RowSet(rules());
        const left = new Map<string, Entry>();
        for (const { name, size } of changes) {
          if (size === null) left.delete(name);
          else left.set(name, entry(name, size));
          rows.apply([size === null ? { key: name } : { key: name, entry: entry(name, size) }]);
        }
        const anew = new RowSet(rules());
        anew.reset(rules(), left.values());
        expect([rows.keys(0, 99), rows.total, rows.matched, rows.statusCounts]).toEqual([
          anew.keys(0, 99),
          anew.total,
          anew.matched,
          anew.statusCounts,
        ]);
      }),
    );
  });
});
