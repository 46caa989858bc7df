import type { Expression } from "./parser.ts";
import { CelCancelled, type Value } from "./values.ts";

/** An expression that takes longer is given up, so that no rule can stop the server. */
const mostSteps = 300_000;

type Evaluate = (expression: Expression, scope: Scope) => Value;

/** The variables of an expression; comprehensions add to those around them. */
export class Scope {
  readonly #values: Record<string, Value>;
  readonly #run: Evaluate;
  readonly #outer: Scope | undefined;
  readonly #budget: { steps: number };

  constructor(values: Record<string, Value>, run: Evaluate, outer?: Scope) {
    this.#budget = outer ? outer.#budget : { steps: mostSteps };
    this.#values = values;
    this.#run = run;
    this.#outer = outer;
  }

  find(name: string): Value | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : this.#outer?.find(name);
  }

  with = (values: Record<string, Value>): Scope => new Scope(values, this.#run, this);

  /** Counts one step of the evaluation. @throws CelCancelled when there were too many */
  step(): void {
    if (this.#budget.steps-- <= 0) throw new CelCancelled("operation cancelled: actual cost limit exceeded");
  }

  evaluate = (expression: Expression): Value => this.#run(expression, this);
}
