import { CircleAlert, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./classNames.ts";

type Tone = "info" | "warning" | "error";

const looks: Record<Tone, { icon: LucideIcon; box: string; mark: string }> = {
  info: { icon: Info, box: "bg-succeeded-tint", mark: "text-succeeded-icon" },
  warning: { icon: TriangleAlert, box: "bg-pending-tint", mark: "text-pending-icon" },
  error: { icon: CircleAlert, box: "bg-failed-tint", mark: "text-failed-icon" },
};

/** What, why, next step. */
export function Notice({
  tone,
  title,
  children,
  actions,
  className,
}: {
  tone: Tone;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}) {
  const { icon: Icon, box, mark } = looks[tone];
  return (
    <div role={tone === "error" ? "alert" : "status"} className={classNames("flex items-start gap-2.5 rounded-panel px-3 py-2", box, className)}>
      <Icon size={16} aria-hidden className={classNames("mt-0.5 shrink-0", mark)} />
      <div className="min-w-0 flex-1" data-selectable>
        <div className="font-medium">{title}</div>
        {children ? <div className="mt-0.5 text-foreground/85">{children}</div> : null}
      </div>
      {actions ? <div className="flex shrink-0 items-center gap-2">{actions}</div> : null}
    </div>
  );
}

/** Why there is nothing here, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, actions }: { icon: LucideIcon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 px-6 py-12 text-center">
      <div className="flex size-10 items-center justify-center rounded-dialog border border-border bg-sidebar text-muted-foreground">
        <Icon size={18} aria-hidden />
      </div>
      <div className="max-w-md">
        <h2 className="text-lead font-semibold">{title}</h2>
        {children ? <div className="mt-1 text-muted-foreground">{children}</div> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center justify-center gap-2">{actions}</div> : null}
    </div>
  );
}

export const Skeleton = ({ className }: { className?: string }) => (
  <span aria-hidden className={classNames("block h-2.5 rounded-full bg-hover", className)} />
);
