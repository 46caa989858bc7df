const integers = new Intl.NumberFormat("en");
const decimals = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const clockTimes = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const minuteTimes = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });
const dateTimes = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export const formatNumber = (value: number): string => (Number.isInteger(value) ? integers.format(value) : decimals.format(value));
export const formatClock = (at: number): string => clockTimes.format(at);
export const formatMinute = (at: number): string => minuteTimes.format(at);
export const formatDateTime = (at: number): string => dateTimes.format(at);

/** `2024-01-01T10:00:00.123Z` without the date: for log lines. */
export const formatLogTime = (at: number): string => {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
};

const byteUnits = ["B", "Ki", "Mi", "Gi", "Ti", "Pi"];

/** Bytes in Kubernetes' binary units: `128 Mi`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value >= 10 ? Number(value.toFixed(0)) : Number(value.toFixed(1))} ${byteUnits[unit]}`;
}

/** CPU in cores as Kubernetes writes it: `250m`, `1.5`. */
export function formatCores(cores: number): string {
  if (cores === 0) return "0";
  if (cores < 1) return `${Math.max(1, Math.round(cores * 1000))}m`;
  return cores >= 100 ? integers.format(Math.round(cores)) : String(Number(cores.toFixed(2)));
}

/** A span of time (ms) as `kubectl get` prints an age. */
export function formatAge(span: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  if (years < 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}

/** A duration (ms) of a step: `340 ms`, `2.1 s`. */
export const formatDuration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : formatAge(ms);
