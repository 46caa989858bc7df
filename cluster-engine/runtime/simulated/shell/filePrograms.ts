import { FileError } from "../files.ts";
import type { Program, Shell } from "./shell.ts";

/** Runs `work` for each file; says why it failed, and goes on. The exit code. */
async function each(name: string, files: string[], err: (text: string) => void, work: (file: string) => void | Promise<void>): Promise<number> {
  let code = 0;
  for (const file of files) {
    try {
      await work(file);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      err(`${name}: ${file}: ${error.message}\n`);
      code = 1;
    }
  }
  return code;
}

/** Options that begin with a dash, and the others. */
export function split(args: string[]): { options: string; operands: string[] } {
  const isOption = (word: string) => word.length > 1 && word.startsWith("-");
  return {
    options: args
      .filter(isOption)
      .map((word) => word.replace(/^-+/, ""))
      .join(""),
    operands: args.filter((word) => !isOption(word)),
  };
}

const exists = (shell: Shell, file: string): boolean => shell.context.files().status(shell.path(file)) !== undefined;

/** The file at `to`, or the one of the same name in the folder at `to`. */
function target(shell: Shell, from: string, to: string): string {
  const path = shell.path(to);
  return shell.context.files().status(path)?.isDirectory ? shell.path(`${to}/${from.slice(from.lastIndexOf("/") + 1)}`) : path;
}

function makeParents(shell: Shell, path: string): void {
  const files = shell.context.files();
  const steps = path.split("/").slice(1);
  for (let length = 1; length <= steps.length; length++) {
    const step = `/${steps.slice(0, length).join("/")}`;
    if (!files.status(step)) files.makeDirectory(step);
  }
}

export const filePrograms: Record<string, Program> = {
  touch: (shell, args, { err }) => each("touch", split(args).operands, err, (file) => shell.context.files().write(shell.path(file), "", true)),
  rm: (shell, args, { err }) => {
    const { options, operands } = split(args);
    const wanted = options.includes("f") ? operands.filter((file) => exists(shell, file)) : operands;
    return each("rm", wanted, err, (file) => shell.context.files().remove(shell.path(file)));
  },
  mkdir: (shell, args, { err }) => {
    const { options, operands } = split(args);
    return each("mkdir", operands, err, (file) =>
      options.includes("p") ? makeParents(shell, shell.path(file)) : shell.context.files().makeDirectory(shell.path(file)),
    );
  },
  cp: (shell, args, { err }) => {
    const [from = "", to = ""] = split(args).operands;
    return each("cp", [from], err, () => shell.context.files().write(target(shell, from, to), shell.context.files().read(shell.path(from))));
  },
  mv: (shell, args, { err }) => {
    const [from = "", to = ""] = split(args).operands;
    return each("mv", [from], err, () => {
      const files = shell.context.files();
      files.write(target(shell, from, to), files.read(shell.path(from)));
      files.remove(shell.path(from));
    });
  },
  ls: (shell, args, { out, err }) => {
    const { options, operands } = split(args);
    return each("ls", operands.length > 0 ? operands : ["."], err, (file) => {
      const files = shell.context.files();
      const path = shell.path(file);
      const found = files.status(path);
      const names = found?.isDirectory === false ? [file] : files.list(path);
      for (const name of names.filter((each) => options.includes("a") || !each.startsWith("."))) out(`${name}\n`);
    });
  },
  stat: (shell, args, { out, err }) => {
    const format = /^=?'?(.*?)'?$/.exec(args[args.indexOf("-c") + 1] ?? "")?.[1] ?? "%n";
    return each("stat", args.slice(args.indexOf("-c") + 2), err, (file) => {
      const found = shell.context.files().status(shell.path(file));
      if (!found) throw new FileError("No such file or directory");
      const facts: Record<string, string> = {
        n: file,
        a: found.mode.toString(8),
        u: String(found.user),
        g: String(found.group),
        s: String(found.size),
      };
      out(`${format.replace(/%(\w)/g, (whole, letter: string) => facts[letter] ?? whole)}\n`);
    });
  },
  chmod: (shell, args, { err }) => {
    const [mode = "", ...files] = split(args).operands;
    return each("chmod", files, err, (file) => {
      if (/^[0-7]+$/.test(mode)) shell.context.files().setMode(shell.path(file), Number.parseInt(mode, 8));
    });
  },
  chown: () => 0,
};
