import { run } from "./machine.ts";

const docker = (...args: string[]): string => run("/usr/bin/docker", args).trim();

/** Container ids of a pod's container on the engine, running ones only. */
export function containersOf(namespace: string, podPrefix: string, container: string): string[] {
  const filters = [`io.kubernetes.pod.namespace=${namespace}`, `io.kubernetes.container.name=${container}`].flatMap((label) => [
    "--filter",
    `label=${label}`,
  ]);
  const lines = docker("ps", "--no-trunc", ...filters, "--format", '{{.ID}} {{.Label "io.kubernetes.pod.name"}}').split("\n");
  return lines.filter((line) => line.split(" ")[1]?.startsWith(podPrefix)).map((line) => line.split(" ")[0]!);
}

/** Runs a command in a container, past the cluster. */
export const execIn = (id: string, ...command: string[]): string => docker("exec", id, ...command);

export const killContainer = (id: string): string => docker("kill", id);

/** `<started at> <restart count of the engine>`: changes when the container was restarted. */
export const startOf = (id: string): string => docker("inspect", "-f", "{{.State.StartedAt}} {{.RestartCount}}", id);
