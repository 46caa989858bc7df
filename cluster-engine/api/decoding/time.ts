// RFC 3339 times as Go's time.Parse reads and time.Format writes them.

interface Chunk {
  layout: string;
  pattern: RegExp;
}

const digits = (layout: string, count: number): Chunk => ({ layout, pattern: new RegExp(`^\\d{${count}}`) });
const literal = (text: string): Chunk => ({ layout: text, pattern: new RegExp(`^${text}`) });
const date = [digits("2006", 4), literal("-"), digits("01", 2), literal("-"), digits("02", 2), literal("T")];
const hours = [{ layout: "15", pattern: /^\d{1,2}/ }, literal(":"), digits("04", 2), literal(":")];
const zone = { layout: "Z07:00", pattern: /^(Z|[-+]\d{2}:\d{2})/ };
const layouts = {
  Time: { text: "2006-01-02T15:04:05Z07:00", chunks: [...date, ...hours, { layout: "05", pattern: /^\d{2}([.,]\d+)?/ }, zone] },
  MicroTime: {
    text: "2006-01-02T15:04:05.000000Z07:00",
    chunks: [...date, ...hours, digits("05", 2), { layout: ".000000", pattern: /^\.\d{6}/ }, zone],
  },
};
const canonical = { Time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, MicroTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/ };
const ranges: [name: string, low: number, high: number][] = [
  ["month", 1, 12],
  ["day", 1, 31],
  ["hour", 0, 23],
  ["minute", 0, 59],
  ["second", 0, 59],
];

/** The time in UTC, to the second or microsecond; `fail` gets the message of a text that is no time. */
export function canonicalTime(text: string, kind: "Time" | "MicroTime", fail: (message: string) => never): string {
  if (canonical[kind].test(text) && !Number.isNaN(Date.parse(text)) && text.slice(8, 10) < "29" && text.slice(11, 13) < "24") return text;
  const problem = parseProblem(text, kind);
  if (problem) fail(`parsing time ${JSON.stringify(text)}${problem}`);
  const seconds = new Date(Date.parse(text.replace(/[.,]\d+/, ""))).toISOString().slice(0, 19);
  return kind === "Time" ? `${seconds}Z` : `${seconds}${/\.\d{6}/.exec(text)![0]}Z`;
}

function parseProblem(text: string, kind: "Time" | "MicroTime"): string | undefined {
  const { text: layout, chunks } = layouts[kind];
  let rest = text;
  for (const chunk of chunks) {
    const found = chunk.pattern.exec(rest);
    if (!found) return ` as "${layout}": cannot parse ${JSON.stringify(rest)} as "${chunk.layout}"`;
    rest = rest.slice(found[0].length);
  }
  if (rest) return `: extra text: ${JSON.stringify(rest)}`;
  return rangeProblem(text);
}

function rangeProblem(text: string): string | undefined {
  const [year, ...parts] = text.split(/[-T:]/, 6).map((part) => Number.parseInt(part, 10)) as [number, ...number[]];
  const outside = ranges.find(([, low, high], i) => parts[i]! < low || parts[i]! > high);
  if (outside) return `: ${outside[0]} out of range`;
  const daysInMonth = new Date(Date.UTC(year, parts[0]!, 0)).getUTCDate();
  return parts[1]! > daysInMonth ? ": day out of range" : undefined;
}
