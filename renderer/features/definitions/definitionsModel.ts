import type { Definition, SchemaField } from "../../../shared/definitions.ts";

/** Definitions that the filter leaves, by group. */
export function byGroup(definitions: readonly Definition[], text: string): { group: string; definitions: Definition[] }[] {
  const wanted = text.trim().toLowerCase();
  const groups = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const { name, kind, shortNames, group } = definition;
    if (![name, kind, ...shortNames].some((word) => word.toLowerCase().includes(wanted))) continue;
    groups.set(group, [...(groups.get(group) ?? []), definition]);
  }
  return [...groups].map(([group, of]) => ({ group, definitions: of }));
}

/** The worst that its conditions say: the first that is not well. */
export const problemOf = ({ conditions }: Definition): Definition["conditions"][number] | undefined => conditions.find(({ good }) => !good);

/** The version that is looked at first: what is stored, if it is served. */
export const firstVersion = ({ versions }: Definition): string =>
  (versions.find(({ storage, served }) => storage && served) ?? versions.find(({ served }) => served) ?? versions[0])?.name ?? "";

export interface FieldRow {
  field: SchemaField;
  /** From 1. */
  level: number;
}

/** Open fields in the order in which they are shown; a filter opens what leads to a match. */
export function fieldRows(fields: readonly SchemaField[], open: ReadonlySet<string>, text: string, level = 1): FieldRow[] {
  const wanted = text.trim().toLowerCase();
  return fields.flatMap((field) => {
    const below = wanted || open.has(field.path) ? fieldRows(field.children, open, text, level + 1) : [];
    const matches = !wanted || `${field.path} ${field.description}`.toLowerCase().includes(wanted);
    return matches || below.length > 0 ? [{ field, level }, ...below] : [];
  });
}

/** Everything that has something below it. */
export const openable = (fields: readonly SchemaField[]): string[] =>
  fields.flatMap((field) => (field.children.length > 0 ? [field.path, ...openable(field.children)] : []));
