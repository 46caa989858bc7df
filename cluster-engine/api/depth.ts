/** How deep objects and lists may be nested. No kind comes near it; Go's decoder refuses at 10,000. */
export const maxDepth = 1000;

const quote = 0x22;
const backslash = 0x5c;

/** Whether JSON text is nested too deeply to be worked on; it need not be valid. */
export function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === quote) {
      for (i++; i < json.length && json[i] !== quote; i++) if (json[i] === backslash) i++;
    } else if ((byte | 0x20) === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** The same of a value that was parsed. */
export function isValueTooDeep(value: unknown, left = maxDepth): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (left === 0) return true;
  return Object.values(value).some((inner) => isValueTooDeep(inner, left - 1));
}
