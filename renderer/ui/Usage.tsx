import { classNames } from "./classNames.ts";
import { formatBytes, formatCores } from "./format.ts";

export const formatUsage = (value: number, unit: "cores" | "bytes"): string => (unit === "cores" ? formatCores(value) : formatBytes(value));

interface UsageProps {
  value: number;
  request?: number | undefined;
  limit?: number | undefined;
  unit: "cores" | "bytes";
  /** Words for the bar: `52 Mi of 128 Mi`. */
  label: string;
}

/** Number and bar: filled up to the limit (else twice the request), with a mark at the request. */
export function Usage({ value, request, limit, unit, label }: UsageProps) {
  const full = limit ?? (request ? Math.max(request * 2, value) : undefined);
  const share = full ? Math.min(1, value / full) : 0;
  const pressed = limit !== undefined && value > limit * 0.9;
  return (
    <span className="flex w-full items-center justify-end gap-2 tabular-nums" title={label}>
      <span className="shrink-0">{formatUsage(value, unit)}</span>
      <span role="img" aria-label={label} className={classNames("relative h-1.5 w-10 shrink-0 rounded-full", full ? "bg-border" : "invisible")}>
        <span
          className={classNames("absolute inset-y-0 left-0 rounded-full", pressed ? "bg-failed-icon" : "bg-(--series-1)")}
          style={{ width: `${Math.max(share * 100, value > 0 ? 6 : 0)}%` }}
        />
        {full && request ? (
          <span className="absolute -inset-y-0.5 w-px bg-foreground" style={{ left: `${Math.min(100, (request / full) * 100)}%` }} />
        ) : null}
      </span>
    </span>
  );
}

/** A wide bar with words, for Home and nodes. */
export function Meter({ share, label, className }: { share: number; label: string; className?: string }) {
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className={classNames("block h-1.5 overflow-hidden rounded-full bg-border", className)}
    >
      <span
        className={classNames("block h-full rounded-full", share > 0.9 ? "bg-failed-icon" : share > 0.75 ? "bg-pending-icon" : "bg-(--series-1)")}
        style={{ width: `${Math.min(100, Math.max(share * 100, share > 0 ? 2 : 0))}%` }}
      />
    </span>
  );
}
