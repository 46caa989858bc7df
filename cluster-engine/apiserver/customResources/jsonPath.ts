import { isObject } from "../../api/json.ts";

type Step = { key: string } | { index: number } | { every: true } | { filter: { path: Step[]; value: string } };

const parsed = new Map<string, Step[]>();

/** The first value at a simple JSONPath such as `.status.conditions[?(@.type=="Ready")].status`; undefined when there is none. */
export function valueAtPath(value: unknown, path: string): unknown {
  let steps = parsed.get(path);
  if (!steps) parsed.set(path, (steps = parse(path)));
  return follow([value], steps)[0];
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  const tokens = /\.((?:\\.|[^.[\]\\])+)|\[(\d+)\]|\[\*\]|\[['"]([^'"]*)['"]\]|\[\?\(@(.*?)\s*==\s*['"]?(.*?)['"]?\s*\)\]/g;
  for (const [text, key, index, quoted, filtered, wanted] of path.matchAll(tokens)) {
    if (key !== undefined) steps.push({ key: key.replace(/\\(.)/g, "$1") });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (quoted !== undefined) steps.push({ key: quoted });
    else if (filtered !== undefined) steps.push({ filter: { path: parse(filtered), value: wanted! } });
    else if (text === "[*]") steps.push({ every: true });
  }
  return steps;
}

function follow(values: unknown[], steps: Step[]): unknown[] {
  return steps.reduce((found, step) => found.flatMap((value) => take(value, step)), values);
}

function take(value: unknown, step: Step): unknown[] {
  if ("key" in step) return isObject(value) && value[step.key] !== undefined ? [value[step.key]] : [];
  if (!Array.isArray(value)) return [];
  if ("index" in step) return step.index < value.length ? [value[step.index]] : [];
  if ("every" in step) return value;
  return value.filter((item) => String(follow([item], step.filter.path)[0]) === step.filter.value);
}
