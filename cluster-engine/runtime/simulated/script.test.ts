import { describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { lifeOf } from "./script.ts";

/** Plays a script until it has written `lines` lines, or ended; its output and exit code. */
async function play(script: string, lines = Infinity): Promise<{ output: string[]; code: number | "stopped" }> {
  const output: string[] = [];
  const stop = new AbortController();
  const context = {
    env: { NAME: "web" },
    hostname: "pod",
    clock: systemClock,
    signal: stop.signal,
    write: (_stream: "stdout" | "stderr", text: string) => {
      if (output.length < lines) output.push(text.trimEnd());
      if (output.length === lines) stop.abort(new Error("enough"));
    },
  };
  const code = await lifeOf(["sh", "-c", script])(context).catch((error: Error) =>
    error.message === "enough" ? ("stopped" as const) : Promise.reject(error),
  );
  return { output, code };
}

describe("a played script", () => {
  it.each([
    ["one word after another", "echo a; hostname", ["a", "pod"], 0],
    ["its variables", "echo $NAME ${NAME}", ["web web"], 0],
    ["what comes after a failure by && is left out", "false && echo no; echo yes", ["yes"], 0],
    ["its exit code", "echo a; exit 3; echo b", ["a"], 3],
  ])("%s", async (_name, script, output, code) => {
    expect(await play(script)).toEqual({ output, code });
  });

  it.each([
    ["alone", "while true; do echo b; done", ["b", "b", "b"]],
    ["after other words", "echo a; while true; do echo b; done", ["a", "b", "b"]],
    ["on a line of its own", "echo a\n  while :; do echo b; done", ["a", "b", "b"]],
  ])("loops %s until it is stopped", async (_name, script, output) => {
    expect(await play(script, 3)).toEqual({ output, code: "stopped" });
  });
});
