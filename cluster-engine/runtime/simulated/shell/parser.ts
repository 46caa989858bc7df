import type { Chain, Command, List, Pipeline, Redirect, Word } from "./syntax.ts";
import { readWord, type Reader } from "./words.ts";

/** Reads a POSIX shell script; here-documents and `case` are not known. @throws SyntaxError */
export function parse(script: string): List {
  const reader = { text: script, at: 0 };
  const list = readList(reader, []);
  if (reader.at < script.length) throw new SyntaxError(`unexpected "${script.slice(reader.at).trim().split(/\s/)[0]}"`);
  return list;
}

const readList = (reader: Reader, ends: string[]): List => {
  const list: List = [];
  for (;;) {
    skip(reader, /(?:[\s;]|\\\n|#[^\n]*)*/y);
    if (reader.at >= reader.text.length || ends.some((end) => peek(reader, end))) return list;
    const chain = readChain(reader);
    if (!chain) return list;
    list.push(chain);
  }
};

function readChain(reader: Reader): Chain | undefined {
  const first = readPipeline(reader);
  if (!first) return undefined;
  const pipelines: Chain["pipelines"] = [{ pipeline: first }];
  for (;;) {
    const joinedBy = (take(reader, /\s*(&&|\|\|)\s*/y) ?? "") as "&&" | "||" | "";
    if (!joinedBy) break;
    pipelines.push({ joinedBy, pipeline: demand(readPipeline(reader), reader) });
  }
  return { pipelines, background: take(reader, /[ \t]*(&)(?!&)/y) !== undefined };
}

function readPipeline(reader: Reader): Pipeline | undefined {
  const negated = take(reader, /[ \t]*(!)\s+/y) !== undefined;
  const first = readCommand(reader);
  if (!first) return undefined;
  const commands = [first];
  while (take(reader, /[ \t]*(\|)(?!\|)\s*/y)) commands.push(demand(readCommand(reader), reader));
  return { negated, commands };
}

function readCommand(reader: Reader): Command | undefined {
  skip(reader, /(?:[ \t]|\\\n)*/y);
  const compound = readCompound(reader);
  if (!compound) return readSimple(reader);
  const redirects = [];
  for (let redirect = readRedirect(reader); redirect; redirect = readRedirect(reader)) redirects.push(redirect);
  return { ...compound, redirects };
}

function readCompound(reader: Reader): Command | undefined {
  const name = take(reader, /([A-Za-z_]\w*)[ \t]*\([ \t]*\)\s*/y);
  if (name) return { kind: "function", name, body: demand(readCommand(reader), reader), redirects: [] };
  if (take(reader, /(\()/y)) return { kind: "group", subshell: true, body: body(reader, ")"), redirects: [] };
  switch (take(reader, /(if|while|until|for|\{)(?=\s)/y)) {
    case "if":
      return readIf(reader);
    case "while":
      return { kind: "while", until: false, condition: body(reader, "do"), body: body(reader, "done"), redirects: [] };
    case "until":
      return { kind: "while", until: true, condition: body(reader, "do"), body: body(reader, "done"), redirects: [] };
    case "for":
      return readFor(reader);
    case "{":
      return { kind: "group", subshell: false, body: body(reader, "}"), redirects: [] };
    default:
      return undefined;
  }
}

function readIf(reader: Reader): Command {
  const branches = [];
  let otherwise: List = [];
  for (let more = true; more;) {
    const condition = body(reader, "then");
    branches.push({ condition, body: readList(reader, ["elif", "else", "fi"]) });
    const next = take(reader, /(elif|else|fi)(?!\w)/y);
    if (!next) throw new SyntaxError('expecting "fi"');
    if (next === "else") otherwise = body(reader, "fi");
    more = next === "elif";
  }
  return { kind: "if", branches, otherwise, redirects: [] };
}

function readFor(reader: Reader): Command {
  const name = take(reader, /\s+([A-Za-z_]\w*)/y) ?? "";
  const words: Word[] = [];
  if (take(reader, /\s+(in)(?!\w)/y)) {
    for (let word = nextWord(reader); word; word = nextWord(reader)) words.push(word);
  }
  skip(reader, /[\s;]*/y);
  if (!take(reader, /(do)(?!\w)/y)) throw new SyntaxError('expecting "do"');
  return { kind: "for", name, words, body: body(reader, "done"), redirects: [] };
}

/** A list and the word that ends it. */
function body(reader: Reader, end: string): List {
  const list = readList(reader, [end]);
  if (!peek(reader, end)) throw new SyntaxError(`expecting "${end}"`);
  reader.at += end.length;
  return list;
}

function readSimple(reader: Reader): Command | undefined {
  const command: Command = { kind: "simple", assignments: [], words: [], redirects: [] };
  for (;;) {
    const redirect = readRedirect(reader);
    if (redirect) {
      command.redirects.push(redirect);
      continue;
    }
    const name = command.words.length === 0 ? take(reader, /[ \t]*([A-Za-z_]\w*)=/y) : undefined;
    if (name) {
      command.assignments.push({ name, value: readWord(reader, readList) ?? [] });
      continue;
    }
    const word = nextWord(reader);
    if (!word) break;
    command.words.push(word);
  }
  return command.words.length + command.assignments.length + command.redirects.length > 0 ? command : undefined;
}

function readRedirect(reader: Reader): Redirect | undefined {
  skip(reader, /(?:[ \t]|\\\n)*/y);
  const pattern = /(&>|\d?(?:>>|>&|<|>))/y;
  const operator = take(reader, pattern);
  if (!operator) return undefined;
  const [, from, kind] = /^(\d?)(.*)$/.exec(operator)!;
  const target = demand(nextWord(reader), reader);
  if (kind === "&>") return { from: -1, operator: ">", target };
  return { from: from ? Number(from) : kind === "<" ? 0 : 1, operator: kind as Redirect["operator"], target };
}

function nextWord(reader: Reader): Word | undefined {
  skip(reader, /(?:[ \t]|\\\n)*/y);
  return reader.text[reader.at] === "#" ? undefined : readWord(reader, readList);
}

function demand<T>(value: T | undefined, reader: Reader): T {
  if (value === undefined) throw new SyntaxError(`unexpected "${reader.text[reader.at] ?? "end of file"}"`);
  return value;
}

/** Whether the reserved word or sign stands here. */
function peek(reader: Reader, end: string): boolean {
  if (!reader.text.startsWith(end, reader.at)) return false;
  return !/\w/.test(end) || !/\w/.test(reader.text[reader.at + end.length] ?? "");
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (!match) return undefined;
  reader.at += match[0].length;
  return match[1]!;
}

const skip = (reader: Reader, pattern: RegExp): void => {
  pattern.lastIndex = reader.at;
  reader.at += pattern.exec(reader.text)?.[0].length ?? 0;
};
