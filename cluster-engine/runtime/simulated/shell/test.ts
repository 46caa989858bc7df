import type { Shell } from "./shell.ts";

/** What `test`, `[` and `[[` decide. @throws SyntaxError */
export function holds(shell: Shell, args: string[]): boolean {
  const or = args.findIndex((word) => word === "-o" || word === "||");
  if (or >= 0) return holds(shell, args.slice(0, or)) || holds(shell, args.slice(or + 1));
  const and = args.findIndex((word) => word === "-a" || word === "&&");
  if (and >= 0) return holds(shell, args.slice(0, and)) && holds(shell, args.slice(and + 1));
  if (args[0] === "!") return !holds(shell, args.slice(1));
  const [left = "", operator = "", right = ""] = args;
  if (args.length === 3) return binary(left, operator, right);
  if (args.length === 2) return unary(shell, left, operator);
  return left !== "";
}

function binary(left: string, operator: string, right: string): boolean {
  const compare = comparisons[operator];
  if (!compare) throw new SyntaxError(`${operator}: unknown operand`);
  return compare(left, right);
}

const comparisons: Record<string, (left: string, right: string) => boolean> = {
  "=": (a, b) => a === b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "-eq": (a, b) => Number(a) === Number(b),
  "-ne": (a, b) => Number(a) !== Number(b),
  "-lt": (a, b) => Number(a) < Number(b),
  "-le": (a, b) => Number(a) <= Number(b),
  "-gt": (a, b) => Number(a) > Number(b),
  "-ge": (a, b) => Number(a) >= Number(b),
};

function unary(shell: Shell, operator: string, operand: string): boolean {
  if (operator === "-z") return operand === "";
  if (operator === "-n") return operand !== "";
  const status = shell.context.files().status(shell.path(operand));
  switch (operator) {
    case "-e":
    case "-r":
    case "-w":
    case "-x":
      return status !== undefined;
    case "-f":
      return status?.isDirectory === false;
    case "-d":
      return status?.isDirectory === true;
    case "-s":
      return (status?.size ?? 0) > 0;
    default:
      throw new SyntaxError(`${operator}: unknown operand`);
  }
}
