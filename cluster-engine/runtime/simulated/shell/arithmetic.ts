/** The value of a shell's integer expression. Unset variables are 0. @throws SyntaxError */
export function arithmetic(expression: string, variable: (name: string) => string | undefined): number {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/%<>!()]|\S/g) ?? [];
  let at = 0;

  const primary = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxError("arithmetic syntax error");
    if (token === "-") return -primary();
    if (token === "+") return primary();
    if (token === "!") return Number(!primary());
    if (token === "(") {
      const value = level(0);
      if (tokens[at++] !== ")") throw new SyntaxError("arithmetic syntax error");
      return value;
    }
    if (/^\d/.test(token)) return Number(token);
    if (/^\w/.test(token)) return Number(variable(token) ?? 0) || 0;
    throw new SyntaxError("arithmetic syntax error");
  };

  const level = (depth: number): number => {
    const operators = precedence[depth];
    if (!operators) return primary();
    let left = level(depth + 1);
    for (let operator = operators[tokens[at] ?? ""]; operator; operator = operators[tokens[at] ?? ""]) {
      at++;
      left = operator(left, level(depth + 1));
    }
    return left;
  };

  if (tokens.length === 0) return 0;
  const value = level(0);
  if (at < tokens.length) throw new SyntaxError("arithmetic syntax error");
  return value;
}

type Operators = Record<string, (left: number, right: number) => number>;

const precedence: Operators[] = [
  { "||": (a, b) => Number(Boolean(a || b)) },
  { "&&": (a, b) => Number(Boolean(a && b)) },
  { "==": (a, b) => Number(a === b), "!=": (a, b) => Number(a !== b) },
  { "<": (a, b) => Number(a < b), ">": (a, b) => Number(a > b), "<=": (a, b) => Number(a <= b), ">=": (a, b) => Number(a >= b) },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": divide, "%": (a, b) => a - divide(a, b) * b },
];

function divide(a: number, b: number): number {
  if (b === 0) throw new SyntaxError("divide by zero");
  return Math.trunc(a / b);
}
