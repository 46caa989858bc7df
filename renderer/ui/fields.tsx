import { Search, X } from "lucide-react";
import type { ComponentProps, ReactNode, Ref } from "react";
import { IconButton } from "./Button.tsx";
import { classNames } from "./classNames.ts";

interface SearchFieldProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: string;
  onValue(value: string): void;
  label: string;
  clearLabel: string;
  inputRef?: Ref<HTMLInputElement>;
  invalid?: boolean;
  trailing?: ReactNode;
}

/** A field that narrows what is beside it. */
export function SearchField({ value, onValue, label, clearLabel, inputRef, invalid, trailing, className, ...rest }: SearchFieldProps) {
  return (
    <div
      className={classNames(
        "flex h-7 items-center gap-1.5 rounded-control border bg-background px-2 transition-colors focus-within:outline-2 focus-within:outline-ring",
        invalid ? "border-failed-icon" : "border-input",
        className,
      )}
    >
      <Search size={14} aria-hidden className="shrink-0 text-muted-foreground" />
      <input
        ref={inputRef}
        type="text"
        role="searchbox"
        aria-label={label}
        aria-invalid={invalid || undefined}
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onValue(event.target.value)}
        className="h-full min-w-0 flex-1 bg-transparent text-body outline-none"
        {...rest}
      />
      {trailing}
      {value ? <IconButton icon={X} label={clearLabel} size="small" className="-mr-1.5 size-6" onClick={() => onValue("")} /> : null}
    </div>
  );
}

export function TextField({ label, invalid, className, ...rest }: ComponentProps<"input"> & { label: string; invalid?: boolean }) {
  return (
    <input
      type="text"
      aria-label={label}
      aria-invalid={invalid || undefined}
      spellCheck={false}
      autoComplete="off"
      className={classNames("h-7 rounded-control border bg-background px-2 text-body", invalid ? "border-failed-icon" : "border-input", className)}
      {...rest}
    />
  );
}

export function Checkbox({ label, hideLabel, className, ...rest }: Omit<ComponentProps<"input">, "type"> & { label: string; hideLabel?: boolean }) {
  return (
    <label className={classNames("inline-flex min-h-6 items-center gap-2", hideLabel && "min-w-6 justify-center", className)}>
      <input type="checkbox" aria-label={hideLabel ? label : undefined} className="size-3.5 shrink-0 accent-(--primary)" {...rest} />
      {hideLabel ? null : <span className="min-w-0 truncate">{label}</span>}
    </label>
  );
}

interface Option<T extends string> {
  value: T;
  label: string;
}

/** One of a few: shown side by side. */
export function Segmented<T extends string>({
  label,
  options,
  value,
  onValue,
}: {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onValue(value: T): void;
}) {
  return (
    <div role="radiogroup" aria-label={label} className="inline-flex rounded-control border border-border bg-sidebar p-0.5">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          onClick={() => onValue(option.value)}
          className={classNames(
            "h-6 rounded-[3px] px-2.5 text-body transition-colors",
            option.value === value
              ? "bg-card font-medium text-foreground shadow-[0_0_0_1px_var(--border)]"
              : "text-muted-foreground hover:text-foreground",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
