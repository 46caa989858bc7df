import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./classNames.ts";
import { Kbd } from "./Kbd.tsx";
import { Tooltip } from "./Tooltip.tsx";

type Variant = "primary" | "secondary" | "ghost" | "destructive";

const look: Record<Variant, string> = {
  primary: "bg-primary text-primary-foreground hover:brightness-110 shadow-[inset_0_1px_0_rgb(255_255_255/0.14)]",
  secondary: "border border-border bg-card text-foreground hover:bg-hover",
  ghost: "text-muted-foreground hover:bg-hover hover:text-foreground",
  destructive: "bg-destructive text-destructive-foreground hover:brightness-110",
};

const base =
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control font-medium transition-[background-color,color,filter] select-none disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50";

interface ButtonProps extends ComponentProps<"button"> {
  variant?: Variant;
  icon?: LucideIcon;
  keys?: string;
  /** Why it cannot be used; it stays in place and says so. */
  refused?: string | undefined;
}

/** A button with words. */
export function Button({ variant = "secondary", icon: Icon, keys, refused, className, children, onClick, ...rest }: ButtonProps) {
  const button = (
    <button
      type="button"
      className={classNames(base, look[variant], "h-7 px-2.5 text-body", className)}
      aria-disabled={refused ? true : undefined}
      onClick={refused ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {Icon ? <Icon size={14} aria-hidden /> : null}
      {children}
      {keys ? <Kbd keys={keys} className={variant === "primary" ? "border-white/40 bg-transparent text-primary-foreground" : ""} /> : null}
    </button>
  );
  return refused ? <Tooltip text={refused}>{button}</Tooltip> : button;
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: LucideIcon;
  /** The accessible name, also its tooltip. */
  label: string;
  keys?: string | undefined;
  refused?: string | undefined;
  active?: boolean;
  badge?: ReactNode;
  size?: "small" | "regular";
}

/** A button with an icon alone. */
export function IconButton({ icon: Icon, label, keys, refused, active, badge, size = "regular", className, onClick, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={refused ? `${label}: ${refused}` : label} keys={keys}>
      <button
        type="button"
        aria-label={label}
        aria-disabled={refused ? true : undefined}
        aria-pressed={active}
        onClick={refused ? (event) => event.preventDefault() : onClick}
        className={classNames(base, look.ghost, "relative", size === "small" ? "size-6" : "size-7", active && "bg-hover text-foreground", className)}
        {...rest}
      >
        <Icon size={size === "small" ? 14 : 15} aria-hidden />
        {badge}
      </button>
    </Tooltip>
  );
}
