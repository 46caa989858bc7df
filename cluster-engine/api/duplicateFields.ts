const maxProblems = 100;

/** An object or list that is open at the scanner's place. */
interface Frame {
  keys: Set<string> | undefined;
  index: number;
  key: string;
}

/**
 * Finds fields that an object of the JSON text has twice, worded as the server words them: `duplicate field "data.a"`.
 * The text must be valid JSON; `value` is what it parses to.
 */
export function duplicateFields(text: string, value: unknown = JSON.parse(text)): string[] {
  return keysInText(text) === keysInValue(value) ? [] : findDuplicates(text);
}

const quote = 0x22;
const colon = 0x3a;
const space = 0x20;

/** How many keys the text has: strings that a colon follows. */
function keysInText(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', start)) {
    let end = text.indexOf('"', start + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    start = end + 1;
    while (text.charCodeAt(start) <= space) start++;
    if (text.charCodeAt(start) === colon) keys++;
    if (text.charCodeAt(start) !== quote) start++;
  }
  return keys;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function keysInValue(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + keysInValue(item), 0);
  let keys = 0;
  for (const inner of Object.values(value)) keys += 1 + keysInValue(inner);
  return keys;
}

function findDuplicates(text: string): string[] {
  const problems = new Set<string>();
  const frames: Frame[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\],]/g;
  for (let token = tokens.exec(text); token && problems.size < maxProblems; token = tokens.exec(text)) {
    const [found, colon] = token;
    const frame = frames.at(-1);
    if (found === "{") frames.push({ keys: new Set(), index: 0, key: "" });
    else if (found === "[") frames.push({ keys: undefined, index: 0, key: "" });
    else if (found === "}" || found === "]") frames.pop();
    else if (found === "," && frame && !frame.keys) frame.index++;
    else if (colon && frame?.keys) {
      frame.key = JSON.parse(found.slice(0, -colon.length)) as string;
      if (frame.keys.has(frame.key)) problems.add(`duplicate field ${JSON.stringify(pathOf(frames))}`);
      frame.keys.add(frame.key);
    }
  }
  return [...problems];
}

function pathOf(frames: Frame[]): string {
  let path = "";
  for (const frame of frames) path += frame.keys ? (path ? `.${frame.key}` : frame.key) : `[${frame.index}]`;
  return path;
}
