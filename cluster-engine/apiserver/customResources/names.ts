import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames } from "../../../shared/kubernetes/types.ts";

interface Naming {
  accepted: CustomResourceDefinitionNames;
  condition: Pick<CustomResourceDefinitionCondition, "type" | "status" | "reason" | "message">;
}

/** Which of the wanted names are free in the group, and what the definition is told about it. */
export function acceptNames(
  wanted: CustomResourceDefinitionNames,
  current: Partial<CustomResourceDefinitionNames>,
  others: CustomResourceDefinition[],
): Naming {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? ({} as CustomResourceDefinitionNames);
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  const accepted = { ...current } as CustomResourceDefinitionNames;
  let condition: Naming["condition"] = { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
  const take = (used: Set<string>, names: string[], reason: string, accept: () => void) => {
    const taken = names.filter((name) => used.has(name));
    if (!taken.length) return accept();
    condition = {
      type: "NamesAccepted",
      status: "False",
      reason,
      message: `${taken.map((name) => JSON.stringify(name)).join(", ")} ${taken.length > 1 ? "are" : "is"} already in use`,
    };
  };
  accepted.kind ??= "";
  take(resources, [wanted.plural], "PluralConflict", () => (accepted.plural = wanted.plural));
  take(resources, wanted.singular ? [wanted.singular] : [], "SingularConflict", () => (accepted.singular = wanted.singular));
  take(resources, wanted.shortNames ?? [], "ShortNamesConflict", () => wanted.shortNames && (accepted.shortNames = wanted.shortNames));
  take(kinds, [wanted.kind], "KindConflict", () => (accepted.kind = wanted.kind));
  take(kinds, wanted.listKind ? [wanted.listKind] : [], "ListKindConflict", () => (accepted.listKind = wanted.listKind));
  if (wanted.categories) accepted.categories = wanted.categories;
  return { accepted, condition };
}
