interface Bounds {
  min: number;
  max: number;
  names?: Record<string, number>;
}

const numbered = (names: string, from: number): Record<string, number> => Object.fromEntries(names.split(" ").map((name, i) => [name, from + i]));

const fields: Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1) },
  { min: 0, max: 6, names: numbered("sun mon tue wed thu fri sat", 0) },
];
const descriptors = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

class ScheduleError extends Error {}

/** What is wrong with a cron schedule, in the words of the parser that Kubernetes uses; undefined when it is right. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    check(schedule.replace(/^(CRON_)?TZ=\S+ /, "").trim());
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function check(schedule: string): void {
  if (schedule.startsWith("@")) {
    if (descriptors.includes(schedule)) return;
    const every = /^@every (.*)$/.exec(schedule)?.[1];
    if (every === undefined) throw new ScheduleError(`unrecognized descriptor: ${schedule}`);
    if (!/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/.test(every))
      throw new ScheduleError(`failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(every)}`);
    return;
  }
  const parts = schedule.split(/\s+/).filter(Boolean);
  if (parts.length !== fields.length)
    throw new ScheduleError(`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(" ")}]`);
  parts.forEach((part, i) =>
    part
      .split(",")
      .filter(Boolean)
      .forEach((range) => checkRange(range, fields[i]!)),
  );
}

function checkRange(range: string, bounds: Bounds): void {
  const [span = "", step, ...slashes] = range.split("/");
  const [low = "", high, ...hyphens] = span.split("-");
  const any = low === "*" || low === "?";
  const start = any ? bounds.min : numberOf(low, bounds);
  if (!any && hyphens.length > 0) throw new ScheduleError(`too many hyphens: ${range}`);
  let end = any ? bounds.max : high === undefined ? start : numberOf(high, bounds);
  if (slashes.length > 0) throw new ScheduleError(`too many slashes: ${range}`);
  const by = step === undefined ? 1 : numberOf(step, { min: 0, max: Infinity });
  if (step !== undefined && high === undefined) end = bounds.max;
  if (start < bounds.min) throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${range}`);
  if (end > bounds.max) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${range}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${range}`);
  if (by === 0) throw new ScheduleError(`step of range should be a positive number: ${range}`);
}

function numberOf(text: string, { names }: Bounds): number {
  const named = names?.[text.toLowerCase()];
  if (named !== undefined) return named;
  if (!/^[+-]?[0-9]+$/.test(text))
    throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

/** What is wrong with the name of a time zone; undefined when it is known here. */
export function timeZoneProblem(zone: string): string | undefined {
  if (zone === "") return "timeZone must be nil or non-empty string";
  const wellFormed = zone.split("/").every((part) => /^[A-Za-z.\-_0-9+]{1,14}$/.test(part) && part !== "." && part !== ".." && !part.startsWith("-"));
  if (!wellFormed) return `unknown time zone ${zone}`;
  if (zone.toLowerCase() === "local") return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return undefined;
  } catch {
    return `unknown time zone ${zone}`;
  }
}
