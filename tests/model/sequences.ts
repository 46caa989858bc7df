import fc from "fast-check";
import type { Command, Commands } from "./commands/command.ts";
import { faultCommands, machineCommands, timeCommands } from "./commands/machines.ts";

export interface SequenceOptions {
  /** The first command of each sequence. */
  creation: Commands;
  commands: Commands;
}

/** Of three worlds: one where nothing goes wrong, so that nothing is excused; one with unreliable machines; one with everything. */
export function sequences({ creation, commands }: SequenceOptions): fc.Arbitrary<Command[]> {
  const changes = { weight: 6, arbitrary: commands };
  const time = { weight: 5, arbitrary: timeCommands };
  const machines = { weight: 3, arbitrary: machineCommands };
  const faults = { weight: 1, arbitrary: faultCommands };
  const worlds = [fc.oneof(changes, time), fc.oneof(changes, time, machines), fc.oneof(changes, time, machines, faults)];
  const more = fc.oneof(...worlds.map((commands) => fc.array(commands, { maxLength: 24, size: "max" })));
  return fc.tuple(creation, more).map(([first, rest]) => [first, ...rest]);
}
