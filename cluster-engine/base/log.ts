export type LogLevel = "debug" | "info" | "warn" | "error";

/** Fields of a log line. Never put a secret's value here. */
export type LogFields = Record<string, string | number | boolean | undefined>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines carry `component`. */
  named(component: string): Log;
}

const order: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One line of logfmt per call, to `write`; `time` is injected like all time. */
export function createLog(write: (line: string) => void, time: () => number, level: LogLevel = "info", component = ""): Log {
  const emit =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (order[at] < order[level]) return;
      const pairs = Object.entries({ component: component || undefined, ...fields })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
      write(`${new Date(time()).toISOString()} ${at} ${message}${pairs.join("")}\n`);
    };
  return {
    debug: emit("debug"),
    info: emit("info"),
    warn: emit("warn"),
    error: emit("error"),
    named: (name) => createLog(write, time, level, component ? `${component}.${name}` : name),
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, named: () => silentLog };
