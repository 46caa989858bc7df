import type { LabelSelector, LabelSelectorRequirement } from "../../shared/kubernetes/types.ts";
import { labelValueErrors, qualifiedName } from "./names.ts";
import { StatusError } from "./statusError.ts";
import { aggregate, fieldErrorMessage, invalidValue } from "./validationErrors.ts";
import type { FieldError } from "./fieldError.ts";

export type Labels = Record<string, string> | undefined;
export type LabelMatcher = (labels: Labels) => boolean;

type Operator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

interface Requirement {
  key: string;
  operator: Operator;
  values: string[];
}

export interface FieldRequirement {
  field: string;
  operator: "=" | "!=";
  value: string;
}

const bad = (message: string): StatusError => new StatusError(400, "BadRequest", message);

/**
 * A `labelSelector` query parameter: `a=b,c!=d,e in (f,g),!h`.
 * @throws StatusError BadRequest with Kubernetes' message
 */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = new LabelSelectorParser(text).parse();
  return matchAll(requirements.map(matcherOf));
}

/** A LabelSelector of an object. Undefined matches nothing, an empty one everything. @throws StatusError on an unknown operator */
export function labelSelectorMatcher(selector: LabelSelector | undefined): LabelMatcher {
  return selector ? matchAll(requirementsOf(selector).map(matcherOf)) : () => false;
}

/** A plain map of labels as a selector, as Services have it. Undefined or empty matches everything. */
export function labelSetMatcher(set: Labels): LabelMatcher {
  return matchAll(Object.entries(set ?? {}).map(([key, value]) => matcherOf({ key, operator: "=", values: [value] })));
}

/** The text of a LabelSelector as kubectl prints it: `app=web,tier in (a,b)`; `<none>` when it is empty. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector?.matchExpressions?.some(({ operator }) => !operators[operator])) return "<error>";
  return (selector && selectorText(selector)) || "<none>";
}

/** The text of a LabelSelector as a query parameter; "" when it matches everything. */
export const selectorText = (selector: LabelSelector): string => requirementsOf(selector).sort(byKey).map(requirementText).join(",");

/**
 * A `fieldSelector` query parameter, with `\` escapes undone.
 * @throws StatusError BadRequest with Kubernetes' message
 */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return splitTerms(text)
    .sort()
    .filter(Boolean)
    .map((term) => {
      const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
      if (!match) throw bad(`invalid selector: '${text}'; can't understand '${term}'`);
      return { field: match[1]!, operator: match[2] === "!=" ? "!=" : "=", value: unescapeValue(match[3]!) };
    });
}

function matchAll(matchers: LabelMatcher[]): LabelMatcher {
  if (matchers.length === 0) return () => true;
  if (matchers.length === 1) return matchers[0]!;
  return (labels) => matchers.every((matches) => matches(labels));
}

const label = (labels: Labels, key: string): string | undefined => (labels && Object.hasOwn(labels, key) ? labels[key] : undefined);

function matcherOf({ key, operator, values }: Requirement): LabelMatcher {
  switch (operator) {
    case "in":
    case "=":
    case "==":
      return (labels) => {
        const value = label(labels, key);
        return value !== undefined && values.includes(value);
      };
    case "notin":
    case "!=":
      return (labels) => {
        const value = label(labels, key);
        return value === undefined || !values.includes(value);
      };
    case "exists":
      return (labels) => label(labels, key) !== undefined;
    case "!":
      return (labels) => label(labels, key) === undefined;
    default:
      return compareMatcher(key, operator, values[0] ?? "");
  }
}

function compareMatcher(key: string, operator: "gt" | "lt", bound: string): LabelMatcher {
  const limit = BigInt(bound);
  return (labels) => {
    const value = label(labels, key);
    if (value === undefined || !integer.test(value)) return false;
    return operator === "gt" ? BigInt(value) > limit : BigInt(value) < limit;
  };
}

const integer = /^[-+]?\d{1,19}$/;
const operators: Record<string, Operator> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

function requirementsOf(selector: LabelSelector): Requirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: "=", values: [value] }));
  return [...equal, ...(selector.matchExpressions ?? []).map(expressionRequirement)];
}

function expressionRequirement({ key, operator, values = [] }: LabelSelectorRequirement): Requirement {
  const known = operators[operator];
  if (!known) throw bad(`${JSON.stringify(operator)} is not a valid label selector operator`);
  return { key, operator: known, values: [...values] };
}

const byKey = (a: Requirement, b: Requirement): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

function requirementText({ key, operator, values }: Requirement): string {
  const listed = [...values].sort().join(",");
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${listed})`;
    default:
      return `${key}${operator === "gt" ? ">" : operator === "lt" ? "<" : operator}${listed}`;
  }
}

/** Splits at commas that no backslash precedes. */
function splitTerms(text: string): string[] {
  const terms = [""];
  let escaped = false;
  for (const char of text) {
    if (char === "," && !escaped) terms.push("");
    else terms[terms.length - 1] += char;
    escaped = !escaped && char === "\\";
  }
  return terms;
}

function unescapeValue(value: string): string {
  let result = "";
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!;
    if (char === "\\") {
      const next = value[++i] ?? "";
      if (!next || !"\\,=".includes(next)) throw bad(`invalid field selector: invalid escape sequence: \\${next}`);
      result += next;
    } else if (char === "," || char === "=") throw bad(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    else result += char;
  }
  return result;
}

interface Token {
  type: "symbol" | "word" | "end";
  text: string;
}

const symbols = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = text.trimStart(); rest; rest = rest.trimStart()) {
    const symbol = symbols.find((candidate) => rest.startsWith(candidate));
    const token = symbol ?? /^[^=!(),<>\s]+/.exec(rest)![0];
    tokens.push({ type: symbol ? "symbol" : "word", text: token });
    rest = rest.slice(token.length);
  }
  return [...tokens, { type: "end", text: "" }];
}

/** Recursive descent over the grammar of labels.Parse (k8s.io/apimachinery/pkg/labels). */
class LabelSelectorParser {
  #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.type === "end") return requirements;
      if (token.type !== "word" && token.text !== "!") throw bad(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.type === "end") return requirements;
      if (separator.text !== ",") throw bad(`found '${separator.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.type !== "word" && following.text !== "!") throw bad(`found '${following.text}', expected: identifier after ','`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #next(): Token {
    return this.#tokens[this.#position++] ?? this.#tokens.at(-1)!;
  }

  #fail(message: string): StatusError {
    return bad(`unable to parse requirement: ${message}`);
  }

  #requirement(): Requirement {
    const negated = this.#peek().text === "!";
    if (negated) this.#next();
    const key = this.#next();
    if (key.type !== "word") throw this.#fail(`found '${key.text}', expected: identifier`);
    const keyErrors = qualifiedName(key.text);
    if (keyErrors.length) throw this.#fail(errorText(invalidValue("<nil>", key.text, keyErrors.join("; "))));
    if (negated) return { key: key.text, operator: "!", values: [] };
    const ended = this.#peek().type === "end" || this.#peek().text === ",";
    if (ended) return { key: key.text, operator: "exists", values: [] };
    return this.#checked({ key: key.text, ...this.#restriction() });
  }

  #restriction(): { operator: Operator; values: string[] } {
    const { text } = this.#next();
    if (text === "in" || text === "notin") return { operator: text, values: this.#valueSet() };
    if (text === "=" || text === "==" || text === "!=") return { operator: text, values: [this.#exactValue()] };
    if (text === ">" || text === "<") return { operator: text === ">" ? "gt" : "lt", values: [this.#exactValue()] };
    throw this.#fail(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.type === "end" || token.text === ",") return "";
    this.#next();
    if (token.type !== "word") throw this.#fail(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #valueSet(): string[] {
    const open = this.#next();
    if (open.text !== "(") throw this.#fail(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.text === ")") {
      this.#next();
      return [""];
    }
    if (first.type !== "word" && first.text !== ",") throw this.#fail(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#peek();
      if (token.type === "word") {
        values.add(this.#next().text);
        const after = this.#peek();
        if (after.text !== "," && after.text !== ")") throw this.#fail(`found '${after.text}', expected: ',' or ')'`);
      } else values.add("");
      const separator = this.#next();
      if (separator.text === ")") return [...values].sort();
      if (separator.text !== ",") throw this.#fail(`found '${separator.text}', expected: ',', or identifier`);
    }
  }

  #checked(requirement: Requirement): Requirement {
    const { key, operator, values } = requirement;
    const errors: FieldError[] = [];
    if (operator === "gt" || operator === "lt") {
      values.forEach((value, i) => {
        if (!integer.test(value)) errors.push(invalidValue(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"));
      });
    }
    values.forEach((value, i) => {
      const messages = labelValueErrors(value);
      if (messages.length) errors.push(invalidValue(`values[${i}][${key}]`, value, messages.join("; ")));
    });
    if (errors.length) throw this.#fail(aggregate(errors.map(errorText)));
    return requirement;
  }
}

const errorText = (error: FieldError): string => `${error.field}: ${fieldErrorMessage(error)}`;
