import { PassThrough, type Readable } from "node:stream";
import { normalize } from "node:path/posix";
import type { Life, ProcessContext } from "../process.ts";
import { FileError } from "../files.ts";
import { expandText, expandWord, ExpansionError, type Scope } from "./expansion.ts";
import { parse } from "./parser.ts";
import type { Chain, Command, List, Pipeline, Redirect } from "./syntax.ts";

/** Where a command reads and writes. */
export interface Streams {
  stdin?: Readable;
  out(text: string): void;
  err(text: string): void;
}

/** A program, or a word of the shell's own; its exit code. */
export type Program = (shell: Shell, args: string[], streams: Streams) => number | Promise<number>;

/** What a shell can run. */
export interface Repertoire {
  programs: Readonly<Record<string, Program>>;
  /** Stands for every program that is not among them. */
  otherwise: Life;
}

/** Ends the whole shell. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Leaves loops, or a function. */
export class Jump extends Error {
  readonly to: "break" | "continue" | "return";
  readonly value: number;

  constructor(to: Jump["to"], value: number) {
    super(to);
    this.to = to;
    this.value = value;
  }
}

/** Loops give way to others after so many rounds. */
const roundsPerTurn = 50;

/** A POSIX shell that runs a handful of programs and touches no process of this machine. */
export class Shell implements Scope {
  readonly context: ProcessContext;
  readonly variables: Map<string, string>;
  readonly jobs: Promise<number>[] = [];
  directory = "/";
  code = 0;
  /** The word by which the last program was called. */
  calledAs = "sh";
  /** Begins what the shell says itself. */
  name = "sh";
  readonly #repertoire: Repertoire;
  readonly #functions: Map<string, Command>;
  #arguments: string[];

  constructor(context: ProcessContext, repertoire: Repertoire, parent?: Shell) {
    this.context = context;
    this.#repertoire = repertoire;
    this.variables = new Map(parent?.variables ?? Object.entries(context.env));
    this.#functions = new Map(parent ? parent.#functions : []);
    this.#arguments = parent ? parent.#arguments : ["sh"];
    this.directory = parent?.directory ?? context.directory;
    this.name = parent?.name ?? "sh";
  }

  /** Runs a command line to its end; its exit code. */
  runProgram([name = "", ...args]: string[]): Promise<number> {
    return this.#toItsEnd((streams) => this.invoke(name, args, streams));
  }

  /** Runs a script to its end; its exit code. */
  runScript(script: string, args: string[] = []): Promise<number> {
    if (args.length > 0) this.#arguments = args;
    return this.#toItsEnd((streams) => this.run(parse(script), streams));
  }

  async #toItsEnd(work: (streams: Streams) => Promise<number>): Promise<number> {
    const { stdin, write } = this.context;
    const streams: Streams = { ...(stdin ? { stdin } : {}), out: (text) => write("stdout", text), err: (text) => write("stderr", text) };
    try {
      return await work(streams);
    } catch (error) {
      if (error instanceof Exit) return error.code;
      if (!(error instanceof SyntaxError || error instanceof ExpansionError)) throw error;
      streams.err(`${this.name}: ${error instanceof SyntaxError ? "syntax error: " : ""}${error.message}\n`);
      return 2;
    }
  }

  get(name: string): string | undefined {
    if (name === "?") return String(this.code);
    if (name === "#") return String(this.#arguments.length - 1);
    if (name === "@" || name === "*") return this.#arguments.slice(1).join(" ");
    if (name === "$") return "1";
    if (name === "RANDOM") return String(Math.floor(this.context.random.next() * 32_768));
    return /^\d+$/.test(name) ? this.#arguments[Number(name)] : this.variables.get(name);
  }

  set(name: string, value: string): void {
    this.variables.set(name, value);
  }

  /** A shell of its own, as `sh` in a script is. */
  inner(): Shell {
    return new Shell(this.context, this.#repertoire, this);
  }

  /** Runs a script as part of this shell. */
  evaluate(script: string): Promise<number> {
    const { write } = this.context;
    return this.run(parse(script), { out: (text) => write("stdout", text), err: (text) => write("stderr", text) });
  }

  shift(): void {
    this.#arguments = [this.#arguments[0]!, ...this.#arguments.slice(2)];
  }

  async capture(list: List): Promise<string> {
    let text = "";
    const inner = this.inner();
    this.code = await inner.#isolated(list, { out: (more) => (text += more), err: (more) => this.context.write("stderr", more) });
    return text.replace(/\n+$/, "");
  }

  /** The absolute form of a path. */
  path(name: string): string {
    return normalize(name.startsWith("/") ? name : `${this.directory}/${name}`).replace(/(?<=.)\/$/, "");
  }

  async run(list: List, streams: Streams): Promise<number> {
    for (const chain of list) {
      if (this.context.signal.aborted) throw this.context.signal.reason;
      this.code = await this.#runChain(chain, streams);
      await this.context.heedTraps();
    }
    return this.code;
  }

  /** Runs a list as a process of its own would. */
  async #isolated(list: List, streams: Streams): Promise<number> {
    try {
      return await this.run(list, streams);
    } catch (error) {
      if (error instanceof Exit) return error.code;
      throw error;
    }
  }

  async #runChain({ pipelines, background }: Chain, streams: Streams): Promise<number> {
    if (background) {
      const inner = this.inner();
      const job = inner.#isolated([{ pipelines, background: false }], streams);
      job.catch(() => {});
      this.jobs.push(job);
      return 0;
    }
    let code = 0;
    for (const { joinedBy, pipeline } of pipelines) {
      if ((joinedBy === "&&" && code !== 0) || (joinedBy === "||" && code === 0)) continue;
      this.code = code = await this.#runPipeline(pipeline, streams);
    }
    return code;
  }

  async #runPipeline({ negated, commands }: Pipeline, streams: Streams): Promise<number> {
    const code = commands.length === 1 ? await this.#runCommand(commands[0]!, streams) : await this.#runPiped(commands, streams);
    return negated ? Number(code === 0) : code;
  }

  async #runPiped(commands: Command[], streams: Streams): Promise<number> {
    const pipes = commands.slice(1).map(() => new PassThrough());
    const codes = commands.map(async (command, index) => {
      const before = pipes[index - 1] ?? streams.stdin;
      const after = pipes[index];
      const own = { ...streams, ...(before ? { stdin: before } : {}), ...(after ? { out: (text: string) => void after.write(text) } : {}) };
      const code = await this.inner().#isolated([{ pipelines: [{ pipeline: { negated: false, commands: [command] } }], background: false }], own);
      after?.end();
      return code;
    });
    return (await Promise.all(codes)).at(-1)!;
  }

  async #runCommand(command: Command, streams: Streams): Promise<number> {
    try {
      const redirected = await this.#redirect(command.redirects, streams);
      return await this.#dispatch(command, redirected);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      streams.err(`${this.name}: ${error.message}\n`);
      return 1;
    }
  }

  async #dispatch(command: Command, streams: Streams): Promise<number> {
    switch (command.kind) {
      case "simple":
        return this.#runSimple(command, streams);
      case "if":
        return this.#runIf(command, streams);
      case "while":
        return this.#loop(command.body, streams, async () => ((await this.run(command.condition, streams)) === 0) !== command.until);
      case "for":
        return this.#runFor(command, streams);
      case "group":
        return command.subshell ? this.inner().#isolated(command.body, streams) : this.run(command.body, streams);
      case "function":
        this.#functions.set(command.name, command.body);
        return 0;
    }
  }

  async #runSimple({ assignments, words }: Command & { kind: "simple" }, streams: Streams): Promise<number> {
    const [name, ...args] = (await Promise.all(words.map((word) => expandWord(word, this)))).flat();
    const before = new Map(this.variables);
    for (const { name: variable, value } of assignments) this.set(variable, await expandText(value, this));
    if (name === undefined) return 0;
    const code = await this.invoke(name, args, streams);
    for (const { name: variable } of assignments) {
      if (before.has(variable)) this.set(variable, before.get(variable)!);
      else this.variables.delete(variable);
    }
    return code;
  }

  /** Runs a function, a known program, or whatever stands for the others. */
  async invoke(name: string, args: string[], streams: Streams): Promise<number> {
    const body = this.#functions.get(name);
    if (body) return this.#call(body, args, streams);
    const program = this.#repertoire.programs[name.slice(name.lastIndexOf("/") + 1)];
    this.calledAs = name;
    if (program) return program(this, args, streams);
    return this.unknown(streams);
  }

  /** What stands for a program that is not known here. */
  unknown({ out, err, ...rest }: Streams): Promise<number> {
    return this.#repertoire.otherwise({ ...this.context, ...rest, write: (stream, text) => (stream === "stdout" ? out(text) : err(text)) });
  }

  async #call(body: Command, args: string[], streams: Streams): Promise<number> {
    const outer = this.#arguments;
    this.#arguments = [outer[0]!, ...args];
    try {
      return await this.#runCommand(body, streams);
    } catch (error) {
      if (error instanceof Jump && error.to === "return") return error.value;
      throw error;
    } finally {
      this.#arguments = outer;
    }
  }

  async #runIf({ branches, otherwise }: Command & { kind: "if" }, streams: Streams): Promise<number> {
    for (const { condition, body } of branches) if ((await this.run(condition, streams)) === 0) return this.run(body, streams);
    return otherwise.length > 0 ? this.run(otherwise, streams) : 0;
  }

  async #runFor({ name, words, body }: Command & { kind: "for" }, streams: Streams): Promise<number> {
    const values = (await Promise.all(words.map((word) => expandWord(word, this)))).flat().values();
    return this.#loop(body, streams, async () => {
      const { value, done } = values.next();
      if (!done) this.set(name, value);
      return !done;
    });
  }

  async #loop(body: List, streams: Streams, goesOn: () => Promise<boolean>): Promise<number> {
    let code = 0;
    for (let round = 1; await goesOn(); round++) {
      try {
        code = await this.run(body, streams);
      } catch (error) {
        if (!(error instanceof Jump) || error.to === "return") throw error;
        if (error.value > 1) throw new Jump(error.to, error.value - 1);
        if (error.to === "break") return 0;
      }
      if (round % roundsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.context.signal.aborted) throw this.context.signal.reason;
    }
    return code;
  }

  async #redirect(redirects: Redirect[], streams: Streams): Promise<Streams> {
    const redirected = { ...streams };
    for (const { from, operator, target } of redirects) {
      const name = await expandText(target, this);
      if (operator === "<") {
        redirected.stdin = PassThrough.from([this.context.files().read(this.path(name))]);
        continue;
      }
      const write = operator === ">&" ? (name === "2" ? redirected.err : redirected.out) : this.#writer(name, operator === ">>", streams);
      if (from !== 2) redirected.out = write;
      if (from === 2 || from === -1) redirected.err = write;
    }
    return redirected;
  }

  #writer(name: string, append: boolean, streams: Streams): (text: string) => void {
    const path = this.path(name);
    if (path === "/dev/stdout" || path === "/proc/1/fd/1") return streams.out;
    if (path === "/dev/stderr" || path === "/proc/1/fd/2") return streams.err;
    const files = this.context.files();
    try {
      files.write(path, "", append);
    } catch (error) {
      throw new FileError(`can't create ${name}: ${(error as Error).message}`);
    }
    return (text) => files.write(path, text, true);
  }
}
