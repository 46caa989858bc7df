/** The command line that an image's own configuration names. */
export interface ImageProgram {
  entrypoint: string[];
  command: string[];
}

const shell: ImageProgram = { entrypoint: [], command: ["sh"] };

/** By the last part of an image's name. Others have a program that runs until it is stopped, as servers do. */
const programs: Record<string, ImageProgram> = {
  agnhost: { entrypoint: ["/agnhost"], command: ["pause"] },
  alpine: shell,
  busybox: shell,
  nonewprivs: { entrypoint: ["/nonewprivs"], command: [] },
  debian: { entrypoint: [], command: ["bash"] },
  ubuntu: { entrypoint: [], command: ["bash"] },
};

/** Files that an image brings besides folders, as far as its programs look at them. */
const files: Record<string, Record<string, string>> = {
  agnhost: { "/localhost.crt": "simulated certificate\n", "/localhost.key": "simulated key\n" },
};

export const filesOf = (image: string): Record<string, string> => files[nameOf(image)] ?? {};

/**
 * What a container runs: `command` replaces the image's entrypoint and its command, `args` alone its command.
 * Empty when neither says anything.
 */
export function commandLineOf({ image, command, args }: { image: string; command: string[]; args: string[] }): string[] {
  const program = programs[nameOf(image)] ?? { entrypoint: [], command: [] };
  if (command.length > 0) return [...command, ...args];
  return [...program.entrypoint, ...(args.length > 0 ? args : program.command)];
}

/** `busybox` of `registry.example/library/busybox:1.37@sha256:…`. */
const nameOf = (image: string): string => /([^/:@]+)(?::[^/@]*)?(?:@.*)?$/.exec(image)?.[1] ?? "";
