/** A part of a word; what stands in double quotes is not split into words. */
export type Part =
  | { kind: "text"; text: string; quoted: boolean }
  | { kind: "parameter"; name: string; operator?: string; operand?: Word; quoted: boolean }
  | { kind: "command"; list: List; quoted: boolean }
  | { kind: "arithmetic"; expression: Word; quoted: boolean };

export type Word = Part[];

export interface Redirect {
  from: number;
  operator: "<" | ">" | ">>" | ">&";
  target: Word;
}

export type Command = { redirects: Redirect[] } & (
  | { kind: "simple"; assignments: { name: string; value: Word }[]; words: Word[] }
  | { kind: "if"; branches: { condition: List; body: List }[]; otherwise: List }
  | { kind: "while"; until: boolean; condition: List; body: List }
  | { kind: "for"; name: string; words: Word[]; body: List }
  | { kind: "group"; body: List; subshell: boolean }
  | { kind: "function"; name: string; body: Command }
);

export interface Pipeline {
  negated: boolean;
  commands: Command[];
}

/** Pipelines joined by `&&` and `||`. */
export interface Chain {
  pipelines: { joinedBy?: "&&" | "||"; pipeline: Pipeline }[];
  background: boolean;
}

export type List = Chain[];
