import { noSuchOverload, Optional, type Value } from "./values.ts";

/** Names that CEL or its grammar reserves are written with underscores: `__namespace__`, `a__dash__b`. */
export function fieldName(written: string): string {
  const reserved = /^__([a-z]+)__$/.exec(written);
  const symbols: Record<string, string> = { underscores: "__", dot: ".", dash: "-", slash: "/" };
  if (reserved && !(reserved[1]! in symbols)) return reserved[1]!;
  return written.replace(/__(underscores|dot|dash|slash)__/g, (_, name: string) => symbols[name]!);
}

/** The field of a map or of an optional map; undefined when it is not there. */
export function fieldOf(target: Value, field: string): Value | undefined {
  if (target instanceof Optional) return target.value === undefined ? undefined : fieldOf(target.value, field);
  if (!(target instanceof Map)) throw noSuchOverload();
  return target.has(field) ? target.get(field) : target.get(fieldName(field));
}
