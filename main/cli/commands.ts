import type { ParseArgsConfig } from "node:util";
import { dashboard } from "./dashboard.ts";
import { kubeconfig, status, version } from "./inspect.ts";
import { service } from "./service.ts";
import { snapshot } from "./snapshot.ts";
import { start } from "./start.ts";
import { stop } from "./stop.ts";

export type Values = Record<string, string | boolean | undefined>;

export interface Command {
  summary: string;
  /** Shown after the name. */
  form: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  /** Returns the exit code. Thrown errors are printed. */
  run(values: Values, positionals: string[]): Promise<number>;
}

export const commands: Record<string, Command> = { start, stop, status, service, dashboard, kubeconfig, snapshot, version };

export function usage(): string {
  const lines = Object.entries(commands).map(([name, { form, summary }]) => `  ${`${name} ${form}`.padEnd(44)} ${summary}`);
  return `Wherry: a Kubernetes cluster and its dashboard.\n\nUsage: wherry COMMAND\n\n${lines.join("\n")}\n\nAll commands take --data-dir D; its default is the user's own data folder, or WHERRY_DATA_DIR.`;
}
