import type { Readable } from "node:stream";
import { FileError } from "../files.ts";
import { runForever } from "../process.ts";
import { split } from "./filePrograms.ts";
import type { Program, Shell, Streams } from "./shell.ts";

/** The text of the named files, or of the input when none is named. Undefined, and said, when one can't be read. */
async function input(name: string, shell: Shell, files: string[], { stdin, err }: Streams): Promise<string | undefined> {
  if (files.length === 0) return readAll(stdin);
  let text = "";
  for (const file of files) {
    try {
      text += file === "-" ? await readAll(stdin) : shell.context.files().read(shell.path(file));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      err(`${name}: can't open '${file}': ${error.message}\n`);
      return undefined;
    }
  }
  return text;
}

async function readAll(stdin: Readable | undefined): Promise<string> {
  let text = "";
  for await (const chunk of stdin ?? []) text += String(chunk);
  return text;
}

/** With its newline each. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Of `-n 3`, `-n3` or `-3`; and what is left of the words. */
function lineCount(args: string[]): { count: number; rest: string[] } {
  const at = args.findIndex((word) => /^-n?\d*$/.test(word) && word !== "-");
  if (at < 0) return { count: 10, rest: args };
  const own = /\d+/.exec(args[at]!)?.[0];
  return { count: Number(own ?? args[at + 1]), rest: args.toSpliced(at, own === undefined ? 2 : 1) };
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "0": "\0" };
const unescaped = (text: string): string => text.replace(/\\([ntr\\0])/g, (_, letter: string) => escapes[letter]!);

function formatted(format: string, values: string[]): string {
  const one = (given: string[]) => {
    let next = 0;
    return unescaped(format).replace(/%(%|0?(\d*)([sdi]))/g, (whole, _spec: string, width: string, kind: string) => {
      if (whole === "%%") return "%";
      const value = given[next++] ?? "";
      const text = kind === "s" ? value : String(Math.trunc(Number(value)) || 0);
      return text.padStart(Number(width), whole.startsWith("%0") ? "0" : " ");
    });
  };
  const places = format.replaceAll("%%", "").split("%").length - 1;
  if (places === 0 || values.length <= places) return one(values);
  return Array.from({ length: Math.ceil(values.length / places) }, (_, turn) => one(values.slice(turn * places, (turn + 1) * places))).join("");
}

export const textPrograms: Record<string, Program> = {
  echo: (_shell, args, { out }) => {
    const flags = /^-[neE]+$/.test(args[0] ?? "") ? args[0]! : "";
    const text = (flags ? args.slice(1) : args).join(" ");
    out((flags.includes("e") ? unescaped(text) : text) + (flags.includes("n") ? "" : "\n"));
    return 0;
  },
  printf: (_shell, [format = "", ...values], { out }) => {
    out(formatted(format, values));
    return 0;
  },
  cat: async (shell, args, streams) => {
    if (args.length === 0) {
      for await (const chunk of streams.stdin ?? []) streams.out(String(chunk));
      return 0;
    }
    let code = 0;
    for (const file of split(args).operands) {
      const text = await input("cat", shell, [file], streams);
      if (text) streams.out(text);
      if (text === undefined) code = 1;
    }
    return code;
  },
  head: async (shell, args, streams) => {
    const { count, rest } = lineCount(args);
    const text = await input("head", shell, rest, streams);
    if (text !== undefined) streams.out(linesOf(text).slice(0, count).join(""));
    return Number(text === undefined);
  },
  tail: async (shell, args, streams) => {
    const { count, rest } = lineCount(args);
    const { options, operands } = split(rest);
    const text = await input("tail", shell, operands, streams);
    if (text === undefined) return 1;
    streams.out(count === 0 ? "" : linesOf(text).slice(-count).join(""));
    return /f/i.test(options) ? runForever(shell.context) : 0;
  },
  grep: async (shell, args, streams) => {
    const { options, operands } = split(args);
    const [pattern = "", ...files] = operands;
    const text = await input("grep", shell, files, streams);
    if (text === undefined) return 2;
    const matches = options.includes("F")
      ? { test: (line: string) => line.includes(pattern) }
      : new RegExp(pattern, options.includes("i") ? "i" : "");
    const found = linesOf(text).filter((line) => matches.test(line.replace(/\n$/, "")) !== options.includes("v"));
    if (options.includes("c")) streams.out(`${found.length}\n`);
    else if (!options.includes("q")) streams.out(found.join(""));
    return Number(found.length === 0);
  },
  wc: async (shell, args, streams) => {
    const { options, operands } = split(args);
    const text = await input("wc", shell, operands, streams);
    if (text === undefined) return 1;
    const counts: Record<string, number> = {
      l: text.split("\n").length - 1,
      w: text.split(/\s+/).filter(Boolean).length,
      c: Buffer.byteLength(text),
    };
    streams.out(`${Array.from(options || "lwc", (letter) => counts[letter] ?? 0).join(" ")}\n`);
    return 0;
  },
  tee: async (shell, args, { stdin, out }) => {
    const text = await readAll(stdin);
    for (const file of split(args).operands) shell.context.files().write(shell.path(file), text, args.includes("-a"));
    out(text);
    return 0;
  },
  awk: async (shell, args, streams) => {
    const [program = "", ...files] = args;
    const column = /^\{?\s*print \$(\d+)\s*\}?$/.exec(program)?.[1];
    if (column === undefined) return shell.unknown(streams);
    const text = await input("awk", shell, files, streams);
    for (const line of linesOf(text ?? ""))
      streams.out(`${column === "0" ? line.trimEnd() : (line.trim().split(/\s+/)[Number(column) - 1] ?? "")}\n`);
    return Number(text === undefined);
  },
  cut: async (shell, args, streams) => {
    const { options, operands } = split(args);
    const field = /f(\d+)/.exec(options)?.[1];
    const delimiter = /d(.)/.exec(options)?.[1] ?? "\t";
    const text = field === undefined ? undefined : await input("cut", shell, operands, streams);
    for (const line of linesOf(text ?? "")) {
      const columns = line.replace(/\n$/, "").split(delimiter);
      streams.out(`${columns.length === 1 ? columns[0] : (columns[Number(field) - 1] ?? "")}\n`);
    }
    return Number(text === undefined);
  },
  seq: (_shell, args, { out }) => {
    const [first, last] = args.length > 1 ? [Number(args[0]), Number(args.at(-1))] : [1, Number(args[0])];
    for (let value = first; value <= last; value++) out(`${value}\n`);
    return 0;
  },
};
