import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { classNames } from "./classNames.ts";

interface TabOption<T extends string> {
  value: T;
  label: string;
  badge?: ReactNode;
}

/** Tabs of a page: arrows move, one tab stop. */
export function TabList<T extends string>({
  label,
  options,
  value,
  onValue,
  panelId,
}: {
  label: string;
  options: readonly TabOption<T>[];
  value: T;
  onValue(value: T): void;
  panelId: string;
}) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + by + options.length) % options.length]!;
    onValue(next.value);
    list.current?.querySelector<HTMLElement>(`[data-value="${next.value}"]`)?.focus();
  };
  return (
    <div ref={list} role="tablist" tabIndex={-1} aria-label={label} onKeyDown={move} className="flex gap-4 border-b border-border px-4">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="tab"
          data-value={option.value}
          aria-selected={option.value === value}
          aria-controls={panelId}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onValue(option.value)}
          className={classNames(
            "-mb-px flex h-8 items-center gap-1.5 border-b-2 text-body transition-colors",
            option.value === value
              ? "border-primary font-medium text-foreground dark:border-ring"
              : "border-transparent text-muted-foreground hover:text-foreground",
          )}
        >
          {option.label}
          {option.badge}
        </button>
      ))}
    </div>
  );
}
