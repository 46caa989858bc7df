import type { ActionResult, ObjectRef, Receipt } from "../../../shared/contract.ts";
import { messageOf, ServiceError } from "../errors.ts";
import type { Clock } from "../time.ts";

/** One step back of a change; several when it concerned several objects. */
export interface UndoStep {
  object: ObjectRef;
  run(): Promise<unknown>;
}

const kept = 100;

/** What was changed from here, newest first, and how each change is taken back. */
export class Receipts {
  readonly #clock: Clock;
  readonly #entries: { receipt: Receipt; undo: UndoStep[] }[] = [];
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ cluster, title, kubectl, undo }: { cluster: string; title: string; kubectl: string; undo: UndoStep[] }): Receipt {
    const receipt: Receipt = { id: String(this.#next++), cluster, title, kubectl, at: this.#clock.now(), undoable: undo.length > 0 };
    this.#entries.unshift({ receipt, undo });
    this.#entries.length = Math.min(this.#entries.length, kept);
    return receipt;
  }

  of(cluster: string): Receipt[] {
    return this.#entries.map(({ receipt }) => receipt).filter((receipt) => receipt.cluster === cluster);
  }

  /** Takes a change back, the last step first. What fails is listed, the rest is done. */
  async undo(id: string): Promise<ActionResult> {
    const entry = this.#entries.find(({ receipt }) => receipt.id === id);
    if (!entry) throw new ServiceError("no-receipt", "that change is too old to be undone from here: look at the object's timeline");
    if (entry.receipt.undone) throw new ServiceError("undone", "that change was undone already");
    if (entry.undo.length === 0) throw new ServiceError("not-undoable", `"${entry.receipt.title}" can't be undone`);
    const failures: ActionResult["failures"] = [];
    for (const { object, run } of [...entry.undo].reverse()) {
      await run().catch((error: unknown) => failures.push({ object, message: messageOf(error) }));
    }
    if (failures.length < entry.undo.length) entry.receipt.undone = true;
    return { receipt: entry.receipt, failures };
  }
}
