import { every, type Clock } from "../../base/clock.ts";
import { Disposables } from "../../base/disposal.ts";
import { firstAbove } from "./curve.ts";
import type { LifeScript } from "./lifeScript.ts";

/** How a scripted container ends by itself. */
export interface ScriptedEnd {
  afterMs: number;
  exitCode: number;
  reason?: "OOMKilled";
}

const killed = 137;

/** Its own end, or that for its memory (`limit`, bytes), whichever comes first. */
export function scriptedEnd(script: LifeScript, limit: number | undefined): ScriptedEnd | undefined {
  const { exitAfterMs, exitCode, memory } = script;
  const above = memory && limit ? firstAbove(memory, limit) : undefined;
  if (above !== undefined && (exitAfterMs === undefined || above < exitAfterMs)) return { afterMs: above, exitCode: killed, reason: "OOMKilled" };
  return exitAfterMs === undefined ? undefined : { afterMs: exitAfterMs, exitCode };
}

export interface ScriptedRun {
  script: LifeScript;
  memoryLimitBytes: number | undefined;
  clock: Clock;
  write(text: string): void;
  end(end: ScriptedEnd): void;
}

/** Plays what a script adds to a container's life; disposing ends it. */
export function playScript({ script, memoryLimitBytes, clock, write, end }: ScriptedRun): Disposable {
  const playing = new Disposables();
  for (const { text, afterMs, everyMs } of script.log) {
    const tell = () => write(`${text}\n`);
    playing.add(everyMs === undefined ? clock.after(afterMs, tell) : every(clock, everyMs, tell, afterMs));
  }
  const ending = scriptedEnd(script, memoryLimitBytes);
  if (ending) playing.add(clock.after(ending.afterMs, () => end(ending)));
  return playing;
}

/** Whether its ports answer, `ms` after the start. */
export function scriptedHealth(script: LifeScript | undefined, ms: number): "refuses" | "fails" | "answers" {
  if (script && ms < script.readyAfterMs) return "refuses";
  return script?.unhealthyAfterMs !== undefined && ms >= script.unhealthyAfterMs ? "fails" : "answers";
}
