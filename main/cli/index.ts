import { runCli } from "./run.ts";

// The `wherry` command as a program of Node's.
process.exitCode = await runCli(process.argv.slice(2));
