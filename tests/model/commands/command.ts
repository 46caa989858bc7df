import fc from "fast-check";
import { StatusError } from "../../../cluster-engine/api/statusError.ts";
import type { World } from "../world.ts";

/** One thing that a user, a machine or the world does to a cluster. Prints as what it is in a counterexample. */
export class Command {
  readonly #text: string;
  readonly #act: (world: World) => Promise<void> | void;

  constructor(text: string, act: (world: World) => Promise<void> | void) {
    this.#text = text;
    this.#act = act;
  }

  /** What the API refuses is refused: that is no fault. */
  async run(world: World): Promise<void> {
    world.diary.push(`${(world.now / 1000).toFixed(3)}s ${this.#text}`);
    try {
      await this.#act(world);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code >= 500) throw error;
      world.diary.push(`  refused: ${error.message}`);
    }
  }

  [fc.toStringMethod](): string {
    return this.#text;
  }
}

export type Commands = fc.Arbitrary<Command>;

/** The item that `at` (a natural number) points to; undefined when there is none. */
export const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % items.length];
