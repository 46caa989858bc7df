import type { Expression } from "./parser.ts";
import type { Value } from "./values.ts";

type Evaluate = (expression: Expression, scope: Scope) => Value;

/** The variables of an expression; comprehensions add to those around them. */
export class Scope {
  readonly #values: Record<string, Value>;
  readonly #run: Evaluate;
  readonly #outer: Scope | undefined;

  constructor(values: Record<string, Value>, run: Evaluate, outer?: Scope) {
    this.#values = values;
    this.#run = run;
    this.#outer = outer;
  }

  find(name: string): Value | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : this.#outer?.find(name);
  }

  with = (values: Record<string, Value>): Scope => new Scope(values, this.#run, this);

  evaluate = (expression: Expression): Value => this.#run(expression, this);
}
