import type { ReactNode } from "react";
import { classNames } from "./classNames.ts";

/** A titled part of a page; hairlines instead of cards. */
export function Section({
  title,
  count,
  actions,
  children,
  className,
}: {
  title: string;
  count?: number | undefined;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section aria-label={title} className={classNames("min-w-0", className)}>
      <div className="mb-1.5 flex min-h-6 items-center gap-2">
        <h2 className="text-body font-semibold">{title}</h2>
        {count === undefined ? null : <span className="text-meta text-muted-foreground tabular-nums">{count}</span>}
        <span className="flex-1" />
        {actions}
      </div>
      {children}
    </section>
  );
}

/** Names and values in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid items-baseline grid-cols-[minmax(6rem,9rem)_minmax(0,1fr)] gap-x-4 gap-y-1">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="truncate text-muted-foreground" title={name}>
        {name}
      </dt>
      <dd className="min-w-0 break-words" data-selectable>
        {children}
      </dd>
    </>
  );
}

const chipLook = "inline-flex h-6 max-w-full min-w-0 items-center gap-1 rounded-control border border-border bg-card px-2 text-meta";

export function Chip({ children, title, className }: { children: ReactNode; title?: string; className?: string }) {
  return (
    <span className={classNames(chipLook, className)} title={title}>
      {children}
    </span>
  );
}

export function ChipButton({
  children,
  onClick,
  label,
  pressed,
  className,
}: {
  children: ReactNode;
  onClick(): void;
  label?: string;
  pressed?: boolean;
  className?: string;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
      className={classNames(chipLook, "transition-colors hover:bg-hover aria-pressed:border-ring aria-pressed:bg-selected", className)}
    >
      {children}
    </button>
  );
}
