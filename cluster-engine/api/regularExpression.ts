import { RE2JS } from "re2js";

// Patterns that come from clients: RE2's syntax, as Go has it, and matching in linear time, so no pattern can hold the loop.

export interface RegularExpression {
  test(text: string): boolean;
  /** The first match, whole; undefined when there is none. */
  find(text: string): string | undefined;
  findAll(text: string): string[];
}

const keptPatterns = 500;
const compiled = new Map<string, RegularExpression>();

/** @throws Error with Go's text: ``error parsing regexp: missing closing ): `(a` `` */
export function regularExpression(pattern: string): RegularExpression {
  const known = compiled.get(pattern);
  if (known) return known;
  const expression = RE2JS.compile(pattern);
  const made: RegularExpression = {
    test: (text) => expression.test(text),
    find: (text) => expression.exec(text)?.[0] as string | undefined,
    findAll: (text) => [...expression.matchAll(text)].map(([match]) => match),
  };
  if (compiled.size >= keptPatterns) compiled.clear();
  compiled.set(pattern, made);
  return made;
}
