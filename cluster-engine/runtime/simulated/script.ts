import type { Readable } from "node:stream";
import { sleep, type Clock } from "../../base/clock.ts";

/** What a simulated process sees of the world. */
export interface ProcessContext {
  env: Record<string, string>;
  hostname: string;
  clock: Clock;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  stdin?: Readable;
  write(stream: "stdout" | "stderr", text: string): void;
}

/** Plays a process to its end; the exit code. Rejects with the signal's reason when stopped. */
export type Life = (context: ProcessContext) => Promise<number>;

class Exit {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/**
 * The life of a command line: a handful of shell words (`echo`, `sleep`, `cat`, `env`, `hostname`, `true`, `false`, `exit`,
 * `while true`) are played; whatever else runs until it is stopped, as servers do.
 */
export function lifeOf(commandLine: string[], otherwise: Life = runForever): Life {
  const [program = "", ...args] = commandLine;
  const name = program.slice(program.lastIndexOf("/") + 1);
  const isShell = name === "sh" || name === "bash";
  if (isShell && args.length === 0) return (context) => (context.stdin ? Promise.resolve(0) : runForever(context));
  if (isShell && args[0]?.endsWith("c")) {
    return async (context) => {
      try {
        return await playScript(args[1] ?? "", context, otherwise);
      } catch (error) {
        if (error instanceof Exit) return error.code;
        throw error;
      }
    };
  }
  return (context) => playWord(name, args, context, otherwise);
}

export const runForever: Life = ({ signal }) =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });

async function playScript(script: string, context: ProcessContext, otherwise: Life): Promise<number> {
  const loop = /^\s*while\s+(?:true|:)\s*;\s*do\s+([\s\S]*?);?\s*done\s*$/.exec(script);
  if (loop) {
    for (;;) {
      await playScript(loop[1]!, context, otherwise);
      await Promise.resolve();
      if (context.signal.aborted) throw context.signal.reason;
    }
  }
  let code = 0;
  for (const { text, needsSuccess } of statements(script)) {
    if (needsSuccess && code !== 0) continue;
    code = await playStatement(text, context, otherwise);
  }
  return code;
}

/** Splits at `;`, newlines and `&&`; a loop stays whole. */
function statements(script: string): { text: string; needsSuccess: boolean }[] {
  const parts = script.match(/\s*while\s+(?:true|:)\s*;[\s\S]*?done|&&|;|\n|(?:"[^"]*"|'[^']*'|(?!&&)[^;\n"'])+/g) ?? [];
  const found: { text: string; needsSuccess: boolean }[] = [];
  let needsSuccess = false;
  for (const part of parts) {
    if (part === "&&") needsSuccess = true;
    else if (part.trim() && part !== ";") {
      found.push({ text: part.trim(), needsSuccess });
      needsSuccess = false;
    }
  }
  return found;
}

async function playStatement(text: string, context: ProcessContext, otherwise: Life): Promise<number> {
  if (/^while\s/.test(text)) return playScript(text, context, otherwise);
  const redirected = text.replace(/\s*1?>&2\s*$/, "");
  const target = redirected === text ? context : { ...context, write: (_: string, line: string) => context.write("stderr", line) };
  const [name = "", ...args] = words(redirected, context.env);
  if (name === "exit") throw new Exit(Number(args[0] ?? 0));
  return playWord(name === "exec" ? args.shift()! : name, args, target, otherwise);
}

function words(text: string, env: Record<string, string>): string[] {
  const expand = (word: string) => word.replace(/\$\{?(\w+)\}?/g, (_, name: string) => env[name] ?? "");
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => single ?? expand(double ?? bare ?? ""));
}

async function playWord(name: string, args: string[], context: ProcessContext, otherwise: Life): Promise<number> {
  switch (name) {
    case "true":
      return 0;
    case "false":
      return 1;
    case "echo":
      context.write("stdout", `${args.join(" ")}\n`);
      return 0;
    case "hostname":
      context.write("stdout", `${context.hostname}\n`);
      return 0;
    case "env":
      for (const [key, value] of Object.entries(context.env)) context.write("stdout", `${key}=${value}\n`);
      return 0;
    case "sleep":
      await (args[0] === "infinity" ? runForever(context) : sleep(context.clock, Number(args[0] ?? 0) * 1000, context.signal));
      return 0;
    case "cat":
      for await (const chunk of context.stdin ?? []) context.write("stdout", String(chunk));
      return 0;
    default:
      return otherwise(context);
  }
}
