import { conversions } from "./conversions.ts";
import { kubernetesFunctions, kubernetesMethods } from "./kubernetesLibrary.ts";
import { listFunctions, listMethods } from "./lists.ts";
import { stringFunctions, stringMethods } from "./strings.ts";
import { timeMethods } from "./times.ts";
import { CelError, CelUnsupported, noSuchOverload, Optional, type Value } from "./values.ts";

export type CelFunction = (...args: Value[]) => Value;
/** A function of this library gives undefined for arguments that it is not for. */
export type Method = (on: Value, ...args: Value[]) => Value | undefined;

const optionalFunctions: Record<string, CelFunction> = {
  "optional.of": (value) => new Optional(value),
  "optional.none": () => Optional.none,
  "optional.ofNonZeroValue": (value) => (isZero(value!) ? Optional.none : new Optional(value)),
};

function isZero(value: Value): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  return value === null || value === false || value === "" || value === 0 || value === 0n;
}

const optionalMethods: Record<string, Method> = {
  hasValue: (on) => (on instanceof Optional ? on.value !== undefined : undefined),
  value(on) {
    if (!(on instanceof Optional)) return undefined;
    if (on.value === undefined) throw new CelError("optional.none() dereference");
    return on.value;
  },
  orValue: (on, other) => (on instanceof Optional ? (on.value ?? other) : undefined),
  or: (on, other) => (on instanceof Optional ? (on.value === undefined ? other : on) : undefined),
};

const functions: Record<string, CelFunction> = { ...conversions, ...stringFunctions, ...listFunctions, ...kubernetesFunctions, ...optionalFunctions };
const methods: Record<string, Method>[] = [stringMethods, listMethods, timeMethods, kubernetesMethods, optionalMethods];
const namespaces = new Set(Object.keys(functions).flatMap((name) => (name.includes(".") ? [name.split(".")[0]!] : [])));

/** The types of objects that a policy's patches are made of: `Object`, `Object.spec.…` and `JSONPatch`. */
export const isMessageType = (name: string): boolean => /^(Object(\..+)?|JSONPatch)$/.test(name);

/** True for the first part of names like `math.greatest`, and for the names of types. */
export const isNamespace = (name: string): boolean => namespaces.has(name) || typeNames.has(name);
const typeNames = new Set(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "type", "null_type", "google"]);

export function callFunction(name: string, args: Value[]): Value {
  const known = functions[name];
  if (!known) throw new CelUnsupported(`function ${name}`);
  return known(...args);
}

export function callMethod(name: string, on: Value, args: Value[]): Value {
  const candidates = methods.filter((group) => Object.hasOwn(group, name));
  if (candidates.length === 0) throw new CelUnsupported(`method ${name}`);
  for (const group of candidates) {
    const result = group[name]!(on, ...args);
    if (result !== undefined) return result;
  }
  throw noSuchOverload();
}
