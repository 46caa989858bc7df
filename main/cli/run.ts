import { parseArgs } from "node:util";
import { commands, usage } from "./commands.ts";

/** Runs one command line. Returns the exit code. */
export async function runCli(args: string[]): Promise<number> {
  const [name = "help", ...rest] = args;
  if (name === "help" || name === "--help" || name === "-h") {
    console.log(usage());
    return 0;
  }
  const command = commands[name];
  if (!command) {
    console.error(`unknown command "${name}"\n\n${usage()}`);
    return 2;
  }
  try {
    const { values, positionals } = parseArgs({ args: rest, options: command.options, allowPositionals: true });
    return await command.run(values as Record<string, string | boolean | undefined>, positionals);
  } catch (error) {
    console.error(`wherry ${name}: ${(error as Error).message}`);
    return (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
  }
}
