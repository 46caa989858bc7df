/** A mistake in the text of an expression; `at` counts characters from 0. */
export class CelSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export interface Token {
  kind: "name" | "number" | "string" | "bytes" | "symbol" | "end";
  /** As written; of strings and bytes what they mean. */
  text: string;
  at: number;
}

const space = /(?:\s|\/\/[^\n]*)+/y;
const quoted = /([rR]?[bB]?|[bB][rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const rawQuoted = /([rR][bB]?|[bB][rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/y;
const number = /0[xX][0-9a-fA-F]+[uU]?|(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|[0-9]+[uU]?/y;
const name = /[_a-zA-Z][_a-zA-Z0-9]*|`[^`\n]+`/y;
const symbol = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}=]/y;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    at += match(space)?.[0].length ?? 0;
    if (at >= text.length) break;
    const found = match(rawQuoted) ?? match(quoted);
    if (found) {
      const [whole, prefix = "", literal = ""] = found;
      tokens.push({ kind: /b/i.test(prefix) ? "bytes" : "string", text: contentOf(literal, /r/i.test(prefix), at), at });
      at += whole.length;
      continue;
    }
    const kinds = { number, name, symbol };
    const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find((candidate) => match(kinds[candidate]));
    if (!kind) throw new CelSyntaxError(`Syntax error: token recognition error at: '${text[at]}'`, at);
    const word = match(kinds[kind])![0];
    tokens.push({ kind, text: word.replaceAll("`", ""), at });
    at += word.length;
  }
  tokens.push({ kind: "end", text: "<EOF>", at: text.length });
  return tokens;
}

const escapes: Record<string, string> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function contentOf(literal: string, raw: boolean, at: number): string {
  const marks = /^("""|''')/.test(literal) ? 3 : 1;
  const inner = literal.slice(marks, -marks);
  if (raw) return inner;
  return inner.replace(/\\(x[0-9a-fA-F]{2}|X[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])/g, (_, code: string) => {
    if (/^[xXuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (/^[0-3][0-7]{2}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    if (escapes[code]) return escapes[code];
    if (/[\\"'`?]/.test(code)) return code;
    throw new CelSyntaxError(`Syntax error: token recognition error at: '\\${code}'`, at);
  });
}
