import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildIfStale } from "./build.ts";

// `npm run wherry -- …`: the command line of the working tree, on plain Node.
const root = fileURLToPath(new URL("../..", import.meta.url));
await buildIfStale(root, (text) => console.error(text));
const command = spawn(process.execPath, [`${root}/out/main/cli.js`, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => command.kill(signal));
command.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
