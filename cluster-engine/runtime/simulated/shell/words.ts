import type { List, Part, Word } from "./syntax.ts";

/** A place in a script. */
export interface Reader {
  readonly text: string;
  at: number;
}

/** Reads a list of commands up to one of `ends`, for `$( … )`. */
export type ReadList = (reader: Reader, ends: string[]) => List;

const wordEnds = new Set([" ", "\t", "\n", ";", "&", "|", "<", ">", "(", ")"]);

/** The word that begins here; undefined when none does. */
export function readWord(reader: Reader, readList: ReadList, ends: ReadonlySet<string> = wordEnds): Word | undefined {
  const start = reader.at;
  const parts: Part[] = [];
  while (reader.at < reader.text.length && !ends.has(reader.text[reader.at]!)) parts.push(...readPart(reader, readList, ends));
  return reader.at === start ? undefined : parts;
}

function readPart(reader: Reader, readList: ReadList, ends: ReadonlySet<string>): Part[] {
  const { text } = reader;
  switch (text[reader.at]) {
    case "'":
      return [{ kind: "text", text: readQuoted(reader), quoted: true }];
    case '"':
      return readDoubleQuoted(reader, readList);
    case "$":
    case "`":
      return [readExpansion(reader, readList, false)];
    case "\\":
      reader.at += 2;
      return text[reader.at - 1] === "\n" ? [] : [{ kind: "text", text: text[reader.at - 1] ?? "\\", quoted: true }];
    default:
      return [readBare(reader, ends)];
  }
}

function readBare(reader: Reader, ends: ReadonlySet<string>): Part {
  const start = reader.at;
  while (reader.at < reader.text.length && !ends.has(reader.text[reader.at]!) && !"'\"$`\\".includes(reader.text[reader.at]!)) reader.at++;
  return { kind: "text", text: reader.text.slice(start, reader.at), quoted: false };
}

function readQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at + 1);
  if (end < 0) throw new SyntaxError("unterminated quoted string");
  const quoted = reader.text.slice(reader.at + 1, end);
  reader.at = end + 1;
  return quoted;
}

function readDoubleQuoted(reader: Reader, readList: ReadList): Part[] {
  const parts: Part[] = [{ kind: "text", text: "", quoted: true }];
  const add = (text: string) => parts.push({ kind: "text", text, quoted: true });
  reader.at++;
  for (;;) {
    const character = reader.text[reader.at];
    if (character === undefined) throw new SyntaxError("unterminated quoted string");
    if (character === '"') break;
    if (character === "$" || character === "`") {
      parts.push(readExpansion(reader, readList, true));
      continue;
    }
    const next = reader.text[reader.at + 1];
    const escaped = character === "\\" && next !== undefined && '"$`\\\n'.includes(next);
    if (!escaped) add(character);
    else if (next !== "\n") add(next);
    reader.at += escaped ? 2 : 1;
  }
  reader.at++;
  return parts;
}

function readExpansion(reader: Reader, readList: ReadList, quoted: boolean): Part {
  const rest = reader.text.slice(reader.at);
  if (rest.startsWith("`")) return readBackticks(reader, readList, quoted);
  if (rest.startsWith("$((")) return readArithmetic(reader, readList, quoted);
  if (rest.startsWith("$(")) {
    reader.at += 2;
    const list = readList(reader, [")"]);
    reader.at++;
    return { kind: "command", list, quoted };
  }
  if (rest.startsWith("${")) return readBraced(reader, readList, quoted);
  const name = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(rest)?.[1];
  reader.at += 1 + (name?.length ?? 0);
  return name ? { kind: "parameter", name, quoted } : { kind: "text", text: "$", quoted };
}

function readBackticks(reader: Reader, readList: ReadList, quoted: boolean): Part {
  const end = reader.text.indexOf("`", reader.at + 1);
  if (end < 0) throw new SyntaxError("unterminated backquote");
  const inner = { text: reader.text.slice(reader.at + 1, end), at: 0 };
  reader.at = end + 1;
  return { kind: "command", list: readList(inner, []), quoted };
}

function readArithmetic(reader: Reader, readList: ReadList, quoted: boolean): Part {
  const end = reader.text.indexOf("))", reader.at);
  if (end < 0) throw new SyntaxError("missing '))'");
  const inner = { text: reader.text.slice(reader.at + 3, end), at: 0 };
  reader.at = end + 2;
  return { kind: "arithmetic", expression: readWord(inner, readList, new Set()) ?? [], quoted };
}

/** `${name}`, `${name:-word}` and its sisters, `${#name}`, `${name%pattern}`. */
function readBraced(reader: Reader, readList: ReadList, quoted: boolean): Part {
  const head = /^\$\{(#?(?:[A-Za-z_]\w*|[0-9@*#?$!]))(:?[-=?+]|%%?|##?)?/.exec(reader.text.slice(reader.at));
  if (!head) throw new SyntaxError("bad substitution");
  reader.at += head[0].length;
  const operand = readWord(reader, readList, new Set(["}"])) ?? [];
  if (reader.text[reader.at] !== "}") throw new SyntaxError("missing '}'");
  reader.at++;
  return { kind: "parameter", name: head[1]!, ...(head[2] ? { operator: head[2], operand } : {}), quoted };
}
