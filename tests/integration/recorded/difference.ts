import type { Answer } from "./cases.ts";
import type { CommandAnswer } from "./kubectl.ts";

/** What a placeholder in a recorded text stands for. */
const forms: Record<string, string> = {
  uid: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  rv: "\\d+",
  number: "\\d+",
  nodePort: "\\d+",
  time: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)|\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}",
  microtime: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z",
  suffix: "[a-z0-9]+",
  hash: "[a-z0-9]+",
  clusterIP: "[0-9a-fA-F.:]+",
  ip: "[0-9a-fA-F.:]+",
  age: "(?:\\d+[ydhms])+|<invalid>|<unknown>|\\d+(?:\\.\\d+)?(?:ms|µs|us|ns)",
  continue: "\\S+",
  token: "\\S+",
  server: "\\S+?",
  any: "[\\s\\S]*?",
};

const placeholder = new RegExp(`<(${Object.keys(forms).join("|")})>`);

/** The first difference between the recorded answer and the actual one, with its path; undefined when they agree. */
export function difference(expected: Answer | CommandAnswer, actual: Answer | CommandAnswer): string | undefined {
  if ("exitCode" in expected) return commandDiffers(expected, actual as CommandAnswer);
  return answerDiffers(expected, actual as Answer);
}

function answerDiffers(expected: Answer, actual: Answer): string | undefined {
  if (expected.status !== actual.status) return `status: expected ${expected.status}, got ${actual.status} (${brief(actual.body)})`;
  return differs(expected.headers ?? {}, actual.headers ?? {}, "headers") ?? differs(expected.body, actual.body, "body");
}

function commandDiffers(expected: CommandAnswer, actual: CommandAnswer): string | undefined {
  if (expected.exitCode !== actual.exitCode) return `exit code: expected ${expected.exitCode}, got ${actual.exitCode} (${brief(actual.stderr)})`;
  return textDiffers(expected.stdout, actual.stdout, "stdout") ?? textDiffers(expected.stderr, actual.stderr, "stderr");
}

/** In texts with placeholders the width of the gaps between columns is free. */
function textDiffers(expected: string, actual: string, path: string): string | undefined {
  if (expected === actual) return undefined;
  const gaps = (text: string) => text.replaceAll(/ {2,}/g, "  ").replaceAll(/ +$/gm, "");
  return placeholder.test(expected) && formOf(gaps(expected)).test(gaps(actual)) ? undefined : unlike(expected, actual, path);
}

function differs(expected: unknown, actual: unknown, path: string): string | undefined {
  if (Array.isArray(expected)) return Array.isArray(actual) ? listDiffers(expected, actual, path) : unlike(expected, actual, path);
  if (isFields(expected)) return isFields(actual) ? fieldsDiffer(expected, actual, path) : unlike(expected, actual, path);
  if (typeof expected === "string" && placeholder.test(expected) && (typeof actual === "string" || typeof actual === "number"))
    return formOf(expected).test(String(actual)) ? undefined : unlike(expected, actual, path);
  return expected === actual ? undefined : unlike(expected, actual, path);
}

function listDiffers(expected: unknown[], actual: unknown[], path: string): string | undefined {
  for (const [i, each] of expected.slice(0, actual.length).entries()) {
    const found = differs(each, actual[i], `${path}[${i}]`);
    if (found) return found;
  }
  return expected.length === actual.length ? undefined : `${path}: expected ${expected.length} items, got ${actual.length}`;
}

function fieldsDiffer(expected: Fields, actual: Fields, path: string): string | undefined {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    if (key === "managedFields") continue;
    const found = differs(expected[key], actual[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function formOf(text: string): RegExp {
  const parts = text.split(new RegExp(placeholder, "g"));
  // Split keeps the captured names at the odd places.
  return new RegExp(`^${parts.map((part, i) => (i % 2 === 1 ? `(?:${forms[part]})` : escaped(part))).join("")}$`);
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const unlike = (expected: unknown, actual: unknown, path: string): string => `${path}: expected ${brief(expected)}, got ${brief(actual)}`;

const brief = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 2000);
