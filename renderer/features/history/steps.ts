import type { JournalWrite } from "../../../shared/journal.ts";

type Change = JournalWrite["changes"][number];

/** What a write did, as the catalog names it: `history.did.<deed>`. */
export type Deed = "created" | "deleted" | "bound" | "reported" | "scaled" | "told" | "updated";

export function deedOf({ verb, subresource, reason }: Pick<JournalWrite, "verb" | "subresource" | "reason">): Deed {
  if (reason !== undefined) return "told";
  if (verb === "create") return "created";
  if (verb === "delete") return "deleted";
  if (subresource === "binding") return "bound";
  if (subresource === "scale") return "scaled";
  return subresource === "status" ? "reported" : "updated";
}

/** `spec.replicas: 2 → 3`, `+ status.podIP: 10.244.0.7`, `− spec.taints`. */
export function changeText({ path, op, from, to }: Change): string {
  if (from !== undefined && to !== undefined) return `${path}: ${String(from)} → ${String(to)}`;
  if (to !== undefined) return `${path}: ${String(to)}`;
  return op === "add" ? `+ ${path}` : op === "remove" ? `− ${path}` : path;
}

/** The node that a binding names. */
export const boundTo = ({ changes }: Pick<JournalWrite, "changes">): string | undefined =>
  changes.find(({ path }) => path === "spec.nodeName")?.to?.toString();

/** Of its own accord: nothing that another program wrote woke the writer. */
export const isDecision = ({ cause }: Pick<JournalWrite, "cause">): boolean => cause === undefined;
