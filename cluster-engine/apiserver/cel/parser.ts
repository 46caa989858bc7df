import { CelSyntaxError, tokenize, type Token } from "./tokens.ts";
import { Uint, type Value } from "./values.ts";

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

/** `at`: where the part begins that an error would point at. */
export type Expression = { at: number } & (
  | { kind: "literal"; value: Value }
  | { kind: "name"; name: string }
  | { kind: "select"; target: Expression; field: string; optional: boolean }
  | { kind: "index"; target: Expression; index: Expression; optional: boolean }
  | { kind: "call"; name: string; target: Expression | undefined; args: Expression[] }
  | { kind: "unary"; operator: "!" | "-"; operand: Expression }
  | { kind: "binary"; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: "choice"; condition: Expression; yes: Expression; no: Expression }
  | { kind: "list"; items: { value: Expression; optional: boolean }[] }
  | { kind: "map"; entries: { key: Expression; value: Expression; optional: boolean }[] }
  | { kind: "message"; type: string; fields: { name: string; value: Expression; optional: boolean }[] }
);

/** From loose to tight. */
const precedence: BinaryOperator[][] = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];
const words: Record<string, Value> = { true: true, false: false, null: null };

/** @throws CelSyntaxError */
export function parse(text: string): Expression {
  return new Parser(text).parse();
}

class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Expression {
    const expression = this.#expression();
    if (this.#next.kind !== "end") throw new CelSyntaxError(`Syntax error: mismatched input '${this.#next.text}' expecting <EOF>`, this.#next.at);
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#position]!;
  }

  #take(): Token {
    return this.#tokens[this.#position++]!;
  }

  #is = (text: string): boolean => (this.#next.kind === "symbol" || this.#next.kind === "name") && this.#next.text === text;

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position++;
    return true;
  }

  #expect(text: string): Token {
    if (!this.#is(text)) throw new CelSyntaxError(`Syntax error: mismatched input '${this.#next.text}' expecting '${text}'`, this.#next.at);
    return this.#take();
  }

  #expression(): Expression {
    const condition = this.#binary(0);
    const { at } = this.#next;
    if (!this.#accept("?")) return condition;
    const yes = this.#binary(0);
    this.#expect(":");
    return { kind: "choice", condition, yes, no: this.#expression(), at };
  }

  #binary(level: number): Expression {
    const operators = precedence[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find(this.#is);
      if (!operator) return left;
      const { at } = this.#take();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1), at };
    }
  }

  #unary(): Expression {
    const { at, text } = this.#next;
    if (!this.#is("!") && !this.#is("-")) return this.#member();
    this.#take();
    const operand = this.#unary();
    if (text === "-" && operand.kind === "literal" && (typeof operand.value === "bigint" || typeof operand.value === "number")) {
      return { kind: "literal", value: -operand.value, at };
    }
    return { kind: "unary", operator: text as "!" | "-", operand, at };
  }

  #member(): Expression {
    let target = this.#primary();
    for (;;) {
      const { at } = this.#next;
      if (this.#accept(".")) {
        const optional = this.#accept("?");
        if (this.#next.kind !== "name") throw new CelSyntaxError(`Syntax error: no viable alternative at input '.${this.#next.text}'`, this.#next.at);
        const field = this.#take().text;
        const call = !optional && this.#is("(");
        target = call ? { kind: "call", name: field, target, args: this.#arguments(), at } : { kind: "select", target, field, optional, at };
      } else if (this.#accept("[")) {
        const optional = this.#accept("?");
        const index = this.#expression();
        this.#expect("]");
        target = { kind: "index", target, index, optional, at };
      } else if (this.#is("{") && typeName(target)) {
        this.#take();
        target = { kind: "message", type: typeName(target)!, fields: this.#fields(), at };
      } else return target;
    }
  }

  #arguments(): Expression[] {
    this.#expect("(");
    const args: Expression[] = [];
    while (!this.#is(")")) {
      args.push(this.#expression());
      if (!this.#accept(",")) break;
    }
    this.#expect(")");
    return args;
  }

  #primary(): Expression {
    const token = this.#next;
    const { at } = token;
    if (this.#accept("(")) {
      const inner = this.#expression();
      this.#expect(")");
      return inner;
    }
    if (this.#accept("[")) return this.#list(at);
    if (this.#accept("{")) return this.#map(at);
    this.#accept(".");
    if (token.kind === "string") return { kind: "literal", value: this.#take().text, at };
    if (token.kind === "bytes") return { kind: "literal", value: new TextEncoder().encode(this.#take().text), at };
    if (token.kind === "number") return { kind: "literal", value: numberOf(this.#take()), at };
    if (this.#next.kind !== "name") throw new CelSyntaxError(`Syntax error: mismatched input '${token.text}' expecting an expression`, at);
    const name = this.#take().text;
    if (name in words) return { kind: "literal", value: words[name]!, at };
    return this.#is("(") ? { kind: "call", name, target: undefined, args: this.#arguments(), at } : { kind: "name", name, at };
  }

  #fields(): { name: string; value: Expression; optional: boolean }[] {
    const fields: { name: string; value: Expression; optional: boolean }[] = [];
    while (!this.#is("}")) {
      const optional = this.#accept("?");
      if (this.#next.kind !== "name") throw new CelSyntaxError(`Syntax error: mismatched input '${this.#next.text}' expecting '}'`, this.#next.at);
      const name = this.#take().text;
      this.#expect(":");
      fields.push({ name, value: this.#expression(), optional });
      if (!this.#accept(",")) break;
    }
    this.#expect("}");
    return fields;
  }

  #list(at: number): Expression {
    const items: { value: Expression; optional: boolean }[] = [];
    while (!this.#is("]")) {
      const optional = this.#accept("?");
      items.push({ value: this.#expression(), optional });
      if (!this.#accept(",")) break;
    }
    this.#expect("]");
    return { kind: "list", items, at };
  }

  #map(at: number): Expression {
    const entries: { key: Expression; value: Expression; optional: boolean }[] = [];
    while (!this.#is("}")) {
      const optional = this.#accept("?");
      const key = this.#expression();
      this.#expect(":");
      entries.push({ key, value: this.#expression(), optional });
      if (!this.#accept(",")) break;
    }
    this.#expect("}");
    return { kind: "map", entries, at };
  }
}

/** `Object.spec` of a chain of names. */
function typeName(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "select" || expression.optional) return undefined;
  const outer = typeName(expression.target);
  return outer && `${outer}.${expression.field}`;
}

function numberOf({ text, at }: Token): Value {
  if (/^0x|^[0-9]+u?$/i.test(text)) {
    const value = BigInt(text.replace(/u$/i, ""));
    const unsigned = /u$/i.test(text);
    if (value >= 2n ** (unsigned ? 64n : 63n) + (unsigned ? 0n : 1n)) throw new CelSyntaxError("invalid int literal", at);
    return unsigned ? new Uint(value) : value;
  }
  return Number(text);
}
