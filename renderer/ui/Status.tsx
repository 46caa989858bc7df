import { CircleCheck, CircleDashed, CircleMinus, CirclePlay, CircleQuestionMark, CircleX, type LucideIcon } from "lucide-react";
import type { StatusClass } from "../../shared/contract.ts";
import { classNames } from "./classNames.ts";

export const statusClasses: readonly StatusClass[] = ["failed", "pending", "running", "succeeded", "terminating", "unknown"];

export const statusIcons: Record<StatusClass, LucideIcon> = {
  running: CirclePlay,
  pending: CircleDashed,
  failed: CircleX,
  succeeded: CircleCheck,
  unknown: CircleQuestionMark,
  terminating: CircleMinus,
};

export const statusText: Record<StatusClass, string> = {
  running: "text-running",
  pending: "text-pending",
  failed: "text-failed",
  succeeded: "text-succeeded",
  unknown: "text-unknown",
  terminating: "text-terminating",
};

export const statusIconColour: Record<StatusClass, string> = {
  running: "text-running-icon",
  pending: "text-pending-icon",
  failed: "text-failed-icon",
  succeeded: "text-succeeded-icon",
  unknown: "text-unknown-icon",
  terminating: "text-terminating-icon",
};

export const statusTint: Record<StatusClass, string> = {
  running: "bg-running-tint",
  pending: "bg-pending-tint",
  failed: "bg-failed-tint",
  succeeded: "bg-succeeded-tint",
  unknown: "bg-unknown-tint",
  terminating: "bg-terminating-tint",
};

export function StatusIcon({ status, size = 14, className }: { status: StatusClass; size?: number; className?: string }) {
  const Icon = statusIcons[status];
  return <Icon size={size} aria-hidden className={classNames("shrink-0", statusIconColour[status], className)} />;
}

/** Icon, word and colour: never colour alone. */
export function Status({ status, text, className }: { status: StatusClass; text: string; className?: string }) {
  return (
    <span className={classNames("inline-flex min-w-0 items-center gap-1.5", statusText[status], className)}>
      <StatusIcon status={status} />
      <span className="truncate">{text}</span>
    </span>
  );
}

/** The same on its tint, for headers. */
export function StatusPill({ status, text }: { status: StatusClass; text: string }) {
  return <Status status={status} text={text} className={classNames("h-6 rounded-full pr-2.5 pl-1.5 text-body font-medium", statusTint[status])} />;
}
