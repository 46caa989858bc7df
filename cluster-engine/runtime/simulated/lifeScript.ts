import { RuntimeError } from "../types.ts";
import { parseBytes, parseCpu, parseCurve, parseDuration, type Curve } from "./curve.ts";

/** How a container lives, as its pod's annotations tell. Times are ms since the start of the container. */
export interface LifeScript {
  startDelayMs: number;
  /** Its ports refuse connections until then. */
  readyAfterMs: number;
  /** Its ports answer 500 from then on. */
  unhealthyAfterMs?: number;
  /** It ends by itself then. */
  exitAfterMs?: number;
  exitCode: number;
  /** Cores. */
  cpu?: Curve;
  /** Cores that all running containers with the same text share; time is that of the first of them. */
  sharedCpu?: { curve: Curve; text: string };
  /** Bytes; above its limit the container is killed for it. */
  memory?: Curve;
  log: ScriptedLine[];
}

export interface ScriptedLine {
  text: string;
  afterMs: number;
  /** Once when absent. */
  everyMs?: number;
}

/** Annotations are `simulated.wherry.dev/cpu`, or `CONTAINER.simulated.wherry.dev/cpu` for one container alone. */
export const scriptDomain = "simulated.wherry.dev";

type Reader = (text: string, script: LifeScript) => void;

const readers: Record<string, Reader> = {
  "start-delay": (text, script) => (script.startDelayMs = parseDuration(text)),
  "ready-after": (text, script) => (script.readyAfterMs = parseDuration(text)),
  "unhealthy-after": (text, script) => (script.unhealthyAfterMs = parseDuration(text)),
  "exit-after": (text, script) => (script.exitAfterMs = parseDuration(text)),
  "exit-code": (text, script) => (script.exitCode = parseExitCode(text)),
  cpu: (text, script) => (script.cpu = parseCurve(text, parseCpu)),
  "shared-cpu": (text, script) => (script.sharedCpu = { curve: parseCurve(text, parseCpu), text }),
  memory: (text, script) => (script.memory = parseCurve(text, parseBytes)),
  log: (text, script) =>
    (script.log = text
      .split("\n")
      .filter((line) => line.trim())
      .map(parseLine)),
};

/** The script of one container; undefined when no annotation is about it. @throws RuntimeError that names the annotation */
export function lifeScriptOf(annotations: Record<string, string>, container: string): LifeScript | undefined {
  const prefixes = [`${scriptDomain}/`, `${container}.${scriptDomain}/`];
  let script: LifeScript | undefined;
  // What is said of the one container comes last, and holds.
  for (const prefix of prefixes)
    for (const [key, text] of Object.entries(annotations)) {
      if (!key.startsWith(prefix)) continue;
      script ??= { startDelayMs: 0, readyAfterMs: 0, exitCode: 1, log: [] };
      read(key, key.slice(prefix.length), text, script);
    }
  return script;
}

function read(key: string, name: string, text: string, script: LifeScript): void {
  const reader = readers[name];
  if (!reader) throw invalid(key, `there is no such setting; there are ${Object.keys(readers).join(", ")}`);
  try {
    reader(text.trim(), script);
  } catch (error) {
    throw invalid(key, (error as Error).message);
  }
}

const invalid = (annotation: string, problem: string) => new RuntimeError("InvalidArgument", `annotation ${annotation}: ${problem}`);

function parseExitCode(text: string): number {
  const code = Number(text);
  if (!Number.isInteger(code) || code < 0 || code > 255 || text === "") throw new Error(`"${text}" is no exit code from 0 to 255`);
  return code;
}

/** `2s text`, or `every 5s text`. */
function parseLine(line: string): ScriptedLine {
  const [, every, time = "", text = ""] = /^\s*(every\s+)?(\S+)\s?(.*)$/.exec(line) ?? [];
  const ms = parseDuration(time);
  if (every && ms <= 0) throw new Error(`"${line}" would never end`);
  return { text, afterMs: ms, ...(every ? { everyMs: ms } : {}) };
}
