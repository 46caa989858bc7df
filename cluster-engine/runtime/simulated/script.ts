import { runForever, type Life, type ProcessContext } from "./process.ts";
import { programs } from "./shell/programs.ts";
import { Shell } from "./shell/shell.ts";

/**
 * The life of a command line: shells and a handful of programs are played; whatever else lives as `otherwise` says, by
 * default until it is stopped, as servers do.
 */
export function lifeOf(commandLine: string[], otherwise: Life = runForever): Life {
  return commandLine.length === 0 ? otherwise : (context: ProcessContext) => new Shell(context, { programs, otherwise }).runProgram(commandLine);
}
