/** The text of a body is well-formed, but not an object of its kind. The message is what Go's decoder says. */
export class DecodeError extends Error {
  override name = "DecodeError";
}

/** A step of the path to what is being decoded: a field, an index, or a key of a map. */
type Step = string | number;

const maxProblems = 100;

/** Where a decoder is, and what it found so far. One per decoded object. */
export class DecodeContext {
  /** Unknown fields, as the server words them. */
  readonly problems: string[] = [];
  /** The first value of a wrong type; decoding goes on behind it, as an error of a value's own syntax comes first. */
  typeError: string | undefined;
  readonly #path: Step[] = [];
  /** Parallel to the path: the structure a field belongs to; "" for indices and keys of maps. */
  readonly #owners: string[] = [];
  /** The path as errors of types name it. */
  readonly #fields: Step[] = [];

  /** `embedded` is the structure inside the owner that a field comes from; errors name it before the field. */
  enter(step: Step, owner = "", embedded?: string): void {
    this.#path.push(step);
    this.#owners.push(owner);
    this.#fields.push(embedded === undefined ? step : `${embedded}.${step}`);
  }

  leave(): void {
    this.#path.pop();
    this.#owners.pop();
    this.#fields.pop();
  }

  unknownField(name: string): void {
    const problem = `unknown field ${JSON.stringify(this.#pathTo(name))}`;
    if (this.problems.length < maxProblems && !this.problems.includes(problem)) this.problems.push(problem);
  }

  wrongType(found: string, type: string): undefined {
    this.typeError ??= this.typeMessage(found, type);
  }

  /** @throws DecodeError at once: the value has a syntax of its own, and breaks it. */
  fail(message: string): never {
    throw new DecodeError(message);
  }

  typeMessage(found: string, type: string): string {
    const fields = this.#fields.filter((_, i) => this.#owners[i]);
    if (!fields.length) return `json: cannot unmarshal ${found} into Go value of type ${type}`;
    const owner = this.#owners.findLast(Boolean)!;
    return `json: cannot unmarshal ${found} into Go struct field ${owner}.${fields.join(".")} of type ${type}`;
  }

  #pathTo(name: string): string {
    let text = "";
    for (const step of [...this.#path, name]) text += typeof step === "number" ? `[${step}]` : text ? `.${step}` : step;
    return text;
  }
}
