import { isMac } from "../data/host.ts";
import { classNames } from "./classNames.ts";

const macSymbols: Record<string, string> = { $mod: "⌘", Shift: "⇧", Alt: "⌥", Control: "⌃" };
const otherWords: Record<string, string> = { $mod: "Ctrl", Control: "Ctrl" };
const named: Record<string, string> = {
  Enter: "↵",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Delete: "Del",
  "(Shift+)?": "?",
};

/** How a key binding is written on this platform: `⌘K`, `Ctrl+K`, `g p`. */
export function keyText(keys: string, mac = isMac()): string {
  return keys
    .split(" ")
    .map((press) =>
      press
        .split("+")
        .map(
          (part) =>
            (mac ? macSymbols[part] : otherWords[part]) ?? named[part] ?? (part.length === 1 && press.includes("+") ? part.toUpperCase() : part),
        )
        .join(mac ? "" : "+"),
    )
    .join(" ");
}

/** Keys beside an action. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <kbd
      aria-hidden
      className={classNames(
        "rounded-[3px] border px-1 font-sans text-[0.625rem] leading-[1rem] font-medium",
        className || "border-border bg-sidebar text-muted-foreground",
      )}
    >
      {keyText(keys)}
    </kbd>
  );
}
