import { resolve } from "node:path";
import { defaultDataDir, type EngineRecord, runningEngine } from "../../cluster-engine/dataDir.ts";
import type { CloudChoice, RuntimeChoice } from "../../cluster-engine/types.ts";
import type { Values } from "./commands.ts";

export const dataDirOption = { "data-dir": { type: "string" } } as const;

export const dataDirOf = (values: Values): string => resolve(text(values, "data-dir") ?? defaultDataDir());

export const text = (values: Values, name: string): string | undefined => values[name] as string | undefined;

/** A whole number of at least `min`. @throws Error that names the option. */
export function wholeNumber(values: Values, name: string, { min, max, fallback }: { min: number; max: number; fallback: number }): number {
  const given = text(values, name);
  if (given === undefined) return fallback;
  const number = Number(given);
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`--${name} must be a whole number from ${min} to ${max}, not "${given}"`);
  return number;
}

export function runtimeChoice(values: Values): RuntimeChoice {
  const given = text(values, "runtime") ?? "auto";
  if (given === "auto" || given === "docker" || given === "simulated") return given;
  throw new Error(`--runtime must be auto, docker or simulated, not "${given}"`);
}

export function cloudChoice(values: Values): CloudChoice {
  const given = text(values, "cloud") ?? "local";
  if (given === "local" || given === "simulated") return given;
  throw new Error(`--cloud must be local or simulated, not "${given}"`);
}

/** @throws Error when no engine runs on the data dir. */
export function requireEngine(values: Values): EngineRecord {
  const dataDir = dataDirOf(values);
  const engine = runningEngine(dataDir);
  if (!engine) throw new Error(`no cluster runs on ${dataDir}: start one with "wherry start --headless", or open the app`);
  return engine;
}
