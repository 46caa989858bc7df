import { describe, expect, it } from "vitest";
import type { ObjectRef } from "../../../shared/contract.ts";
import { FakeClock } from "../fakeClock.ts";
import { Receipts, type UndoStep } from "./receipts.ts";

const ref = (name: string): ObjectRef => ({ group: "", version: "v1", resource: "configmaps", namespace: "default", name });

function change(...outcomes: (string | Error)[]) {
  const ran: string[] = [];
  const undo: UndoStep[] = outcomes.map((outcome) => {
    const name = outcome instanceof Error ? outcome.message : outcome;
    return {
      object: ref(name),
      run: () => {
        ran.push(name);
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve();
      },
    };
  });
  return { ran, change: { cluster: "local", title: "Applied", kubectl: "kubectl apply", undo } };
}

describe("receipts", () => {
  it("are newest first, of one cluster, and stamped with the time", async () => {
    const clock = new FakeClock(1000);
    const receipts = new Receipts(clock);
    receipts.add(change("a").change);
    await clock.step(500);
    receipts.add({ ...change().change, title: "Restarted" });
    receipts.add({ ...change("b").change, cluster: "other" });
    expect(receipts.of("local")).toMatchObject([
      { title: "Restarted", at: 1500, undoable: false },
      { title: "Applied", at: 1000, undoable: true },
    ]);
  });

  it("take the last step back first", async () => {
    const receipts = new Receipts(new FakeClock());
    const { ran, change: made } = change("namespace", "config", "workload");
    const { id } = receipts.add(made);
    expect(await receipts.undo(id)).toMatchObject({ receipt: { id, undone: true }, failures: [] });
    expect(ran).toEqual(["workload", "config", "namespace"]);
  });

  it("list what can't be taken back, and take back the rest", async () => {
    const receipts = new Receipts(new FakeClock());
    const { ran, change: made } = change("first", new Error("forbidden"), "last");
    const { id } = receipts.add(made);
    const { receipt, failures } = await receipts.undo(id);
    expect(ran).toEqual(["last", "forbidden", "first"]);
    expect(failures).toEqual([{ object: ref("forbidden"), message: "forbidden" }]);
    expect(receipt!.undone).toBe(true);
  });

  it("can be tried again when nothing could be taken back", async () => {
    const receipts = new Receipts(new FakeClock());
    const { ran, change: made } = change(new Error("down"));
    const { id } = receipts.add(made);
    expect((await receipts.undo(id)).receipt!.undone).toBeUndefined();
    await receipts.undo(id);
    expect(ran).toEqual(["down", "down"]);
  });

  const refused: [string, (receipts: Receipts) => Promise<string>, string][] = [
    ["one that is not there", async () => "77", "no-receipt"],
    ["one that has no way back", async (receipts) => receipts.add(change().change).id, "not-undoable"],
    [
      "one that was undone",
      async (receipts) => {
        const { id } = receipts.add(change("a").change);
        await receipts.undo(id);
        return id;
      },
      "undone",
    ],
    [
      "one that was pushed out by a hundred newer ones",
      async (receipts) => {
        const { id } = receipts.add(change("a").change);
        for (let i = 0; i < 100; i++) receipts.add(change().change);
        return id;
      },
      "no-receipt",
    ],
  ];
  it.each(refused)("refuse to undo %s", async (_name, prepare, code) => {
    const receipts = new Receipts(new FakeClock());
    await expect(receipts.undo(await prepare(receipts))).rejects.toMatchObject({ code });
  });
});
