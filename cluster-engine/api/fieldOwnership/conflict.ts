import { StatusError } from "../statusError.ts";
import type { FieldSet } from "./fieldSet.ts";
import type { ManagedSet } from "./managers.ts";
import { formatPath } from "./pathElement.ts";

/** Fields that an applier sets differently from the manager that owns them. */
export interface Conflict {
  owner: ManagedSet;
  fields: FieldSet;
}

/** The 409 answer to an apply without force: one cause a field. */
export function conflictError(conflicts: Conflict[]): StatusError {
  const sorted = [...conflicts].sort((a, b) => (sortKey(a.owner) < sortKey(b.owner) ? -1 : 1));
  const found = sorted.flatMap(({ owner, fields }) => [...fields.paths()].map((path) => ({ owner: formatOwner(owner), path: formatPath(path) })));
  const causes = found.map(({ owner, path }) => ({ reason: "FieldManagerConflict", message: `conflict with ${owner}`, field: path }));
  return new StatusError(409, "Conflict", message(found), { causes });
}

/** The order of the identities' JSON form, by which owners are listed. */
const sortKey = ({ manager, operation, apiVersion, subresource }: ManagedSet): string =>
  JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);

function message(found: { owner: string; path: string }[]): string {
  if (found.length === 1) return `Apply failed with 1 conflict: conflict with ${found[0]!.owner}: ${found[0]!.path}`;
  const lines: string[] = [];
  for (const owner of new Set(found.map((one) => one.owner))) {
    lines.push(`conflicts with ${owner}:`, ...found.filter((one) => one.owner === owner).map(({ path }) => `- ${path}`));
  }
  return `Apply failed with ${found.length} conflicts: ${lines.join("\n")}`;
}

function formatOwner({ manager, operation, apiVersion, subresource }: ManagedSet): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ""}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
