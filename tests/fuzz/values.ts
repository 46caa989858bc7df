import { resolve, scalarOf, type Schema, valueSchema } from "../../cluster-engine/api/schemas.ts";
import type { Random } from "../../cluster-engine/base/random.ts";

// Values of schemas, and values that fit none.

export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number from 0 to `below` - 1. */
  int(below: number): number {
    return Math.floor(this.#random.next() * below);
  }

  one<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** True so often: 0 to 1. */
  is(share: number): boolean {
    return this.#random.next() < share;
  }
}

export const names = ["a", "b", "web", "data-0", "x.fuzz.example"] as const;
const oddTexts = [
  "",
  " ",
  ".",
  "..",
  "-a",
  "A_b",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "a/b",
  "a".repeat(64),
  "n".repeat(300),
  "\u0000",
  "ünïcode 🛶",
  "\ud800",
  "$(VAR)",
  "{{.}}",
  "'\"`\\",
  "1e400",
  "0x10",
  "-0",
  "2026-13-45T99:00:00Z",
] as const;
const oddNumbers = [0, -1, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 65_536, -0] as const;
const texts = [
  ...names,
  "Always",
  "ClusterIP",
  "TCP",
  "nginx:1",
  "app",
  "default",
  "100m",
  "1Gi",
  "80",
  "*",
  "true",
  "2026-01-01T00:00:00Z",
] as const;
const quantities = ["1", "100m", "1Gi", "0", "-1", "1e3", "12E", "0.0000000001", "x"] as const;
const times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "yesterday", ""] as const;

export const oddText = (chance: Chance): string => chance.one(oddTexts);

/** A value that no schema expects. */
export function oddValue(chance: Chance): unknown {
  switch (chance.int(8)) {
    case 0:
      return null;
    case 1:
      return chance.is(0.5);
    case 2:
      return chance.one(oddNumbers);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return [null, [{}], "a"];
    case 6:
      return JSON.parse('{"__proto__":{"polluted":true},"a":{"b":[1]}}');
    default:
      return oddText(chance);
  }
}

/** A value of the schema, mostly; optional fields come by chance. */
export function valueOf(schema: Schema, chance: Chance, depth = 0): unknown {
  if (chance.is(0.01)) return oddValue(chance);
  const type = resolve(schema);
  switch (scalarOf(type)) {
    case "Quantity":
      return chance.one(quantities);
    case "IntOrString":
      return chance.one([1, 80, "http", "25%", "150%", -1, ""]);
    case "Time":
    case "MicroTime":
      return chance.one(times);
    case "FieldsV1":
    case "RawExtension":
    case "JSON":
    case "SchemaOr":
      return chance.is(0.5) ? {} : oddValue(chance);
    default:
      return plainValue(type, chance, depth);
  }
}

function plainValue(type: Schema, chance: Chance, depth: number): unknown {
  if (type.enum) return chance.one(type.enum);
  switch (type.type) {
    case "string":
      return chance.is(0.9) ? chance.one(texts) : oddText(chance);
    case "integer":
      return chance.is(0.9) ? chance.int(100) : chance.one(oddNumbers);
    case "number":
      return chance.one(oddNumbers);
    case "boolean":
      return chance.is(0.5);
    case "array":
      return depth > 8 ? [] : Array.from({ length: chance.int(3) }, () => valueOf(type.items ?? {}, chance, depth + 1));
    default:
      return objectOf(type, chance, depth);
  }
}

function objectOf(type: Schema, chance: Chance, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const inner = valueSchema(type);
  if (inner) for (let i = chance.int(3); i > 0; i--) object[chance.is(0.9) ? chance.one(names) : oddText(chance)] = valueOf(inner, chance, depth + 1);
  const optional = depth > 6 ? 0 : 0.5 / (depth + 1);
  for (const [name, property] of Object.entries(type.properties ?? {}))
    if (type.required?.includes(name) || chance.is(optional)) object[name] = valueOf(property, chance, depth + 1);
  return object;
}

/** The value with one place replaced, taken away or added to. The value itself is changed. */
export function mutate(value: unknown, chance: Chance): unknown {
  if (typeof value !== "object" || value === null || chance.is(0.05)) return oddValue(chance);
  const container = value as Record<string, unknown>;
  const keys = Object.keys(container);
  if (keys.length === 0 || chance.is(0.05)) {
    if (Array.isArray(value)) value.push(oddValue(chance));
    else container[chance.is(0.5) ? chance.one(texts) : oddText(chance)] = oddValue(chance);
    return value;
  }
  const key = chance.one(keys);
  if (chance.is(0.1)) delete container[key];
  else container[key] = mutate(container[key], chance);
  return value;
}
