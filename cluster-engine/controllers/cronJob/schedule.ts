/** When a CronJob is due. Times are ms since the epoch. */
export interface Schedule {
  /** The first time after `after`; undefined when there is none within five years. */
  next(after: number): number | undefined;
}

const minute = 60_000;
const day = 86_400_000;
const horizon = 5 * 366 * day;

const shorthands: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Fields {
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  /** With both days restricted either one suffices. */
  eitherDay: boolean;
}

/**
 * A schedule in cron's five fields, one of its shorthands, or `@every 1h30m`, in a time zone of the IANA data base; a
 * prefix `TZ=ZONE ` or `CRON_TZ=ZONE ` goes before it.
 * @throws Error that says what is wrong; RangeError for an unknown time zone
 */
export function parseSchedule(schedule: string, zone = "UTC"): Schedule {
  const [, named, text = schedule] = /^(?:CRON_)?TZ=(\S+) (.*)$/.exec(schedule.trim()) ?? [];
  const timeZone = named ?? zone;
  if (text.startsWith("@every ")) return everySchedule(text.slice("@every ".length));
  const fields = parseFields(shorthands[text] ?? text);
  const wallOf = wallClock(timeZone);
  return { next: (after) => nextMatch(fields, after, wallOf) };
}

function everySchedule(text: string): Schedule {
  const units: Record<string, number> = { h: 3_600_000, m: minute, s: 1000 };
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  const period = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
  if (period < 1000 || parts.map(([part]) => part).join("") !== text) throw new Error(`failed to parse duration @every ${text}`);
  return { next: (after) => Math.floor(after / 1000) * 1000 + period };
}

function parseFields(text: string): Fields {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 5) throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  const [minutes, hours, days, months, weekdays] = parts as [string, string, string, string, string];
  const isOpen = (field: string) => field.startsWith("*") || field.startsWith("?");
  return {
    minutes: parseField(minutes, 0, 59),
    hours: parseField(hours, 0, 23),
    days: parseField(days, 1, 31),
    months: parseField(months, 1, 12, monthNames, 1),
    weekdays: new Set([...parseField(weekdays, 0, 7, dayNames, 0)].map((each) => each % 7)),
    eitherDay: !isOpen(days) && !isOpen(weekdays),
  };
}

function parseField(field: string, min: number, max: number, names: string[] = [], firstName = 0): Set<number> {
  const values = new Set<number>();
  const numberOf = (text: string): number => {
    const name = names.indexOf(text.toLowerCase());
    const number = name >= 0 ? name + firstName : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(number)) throw new Error(`failed to parse int from ${text}`);
    return number;
  };
  for (const part of field.split(",")) {
    const [range = "", stepText] = part.split("/");
    const step = stepText === undefined ? 1 : numberOf(stepText);
    const [low, high] = range === "*" || range === "?" ? [min, max] : bounds(range, numberOf, stepText === undefined ? undefined : max);
    if (low < min) throw new Error(`beginning of range (${low}) below minimum (${min}): ${part}`);
    if (high > max) throw new Error(`end of range (${high}) above maximum (${max}): ${part}`);
    if (low > high) throw new Error(`beginning of range (${low}) beyond end of range (${high}): ${part}`);
    if (step === 0) throw new Error(`step of range should be a positive number: ${part}`);
    for (let value = low; value <= high; value += step) values.add(value);
  }
  return values;
}

/** `5` alone is one value, `5/2` begins a range to the end. */
function bounds(range: string, numberOf: (text: string) => number, end: number | undefined): [number, number] {
  const [from = "", to] = range.split("-");
  const low = numberOf(from);
  return [low, to === undefined ? (end ?? low) : numberOf(to)];
}

/** Wall time as if it were UTC, ms. */
type WallClock = (time: number) => number;

function wallClock(timeZone: string): WallClock {
  if (timeZone === "UTC" || timeZone === "Etc/UTC") return (time) => time;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (time) => {
    const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  };
}

function nextMatch(fields: Fields, after: number, wallOf: WallClock): number | undefined {
  let time = Math.floor(after / minute) * minute + minute;
  for (const end = time + horizon; time < end;) {
    const wall = wallOf(time);
    const skip = mismatch(fields, new Date(wall));
    if (skip === undefined) return time;
    time = later(time, skip - wall, wallOf);
  }
  return undefined;
}

/**
 * `ms` later, but not past a change of the clock: wall times that it skips never come, those that it shows again come
 * twice.
 */
function later(time: number, ms: number, wallOf: WallClock): number {
  const offset = wallOf(time) - time;
  const isChanged = (at: number) => wallOf(at) - at !== offset;
  if (!isChanged(time + ms)) return time + ms;
  let [before, changed] = [time, time + ms];
  while (changed - before > minute) {
    const middle = before + Math.ceil((changed - before) / minute / 2) * minute;
    if (isChanged(middle)) changed = middle;
    else before = middle;
  }
  return changed;
}

/** The next wall time worth looking at when this one does not match. */
function mismatch({ minutes, hours, days, months, weekdays, eitherDay }: Fields, at: Date): number | undefined {
  const [year, month, date, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()];
  if (!months.has(month + 1)) return Date.UTC(year, month + 1, 1);
  const byDate = days.has(date);
  const byWeekday = weekdays.has(at.getUTCDay());
  if (eitherDay ? !byDate && !byWeekday : !byDate || !byWeekday) return Date.UTC(year, month, date + 1);
  if (!hours.has(hour)) return Date.UTC(year, month, date, hour + 1);
  return minutes.has(at.getUTCMinutes()) ? undefined : at.getTime() + minute;
}
