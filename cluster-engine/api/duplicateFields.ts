const maxProblems = 100;

/** An object or list that is open at the scanner's place. */
interface Frame {
  keys: Set<string> | undefined;
  index: number;
  key: string;
}

/**
 * Finds fields that an object of the JSON text has twice, worded as the server words them: `duplicate field "data.a"`.
 * The text must be valid JSON.
 */
export function duplicateFields(text: string): string[] {
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
