/** Where a key works. Single keys act on the focused list only. */
export type KeyPlace = "anywhere" | "go" | "list" | "logs" | "editor" | "terminal";

export interface KeyBinding {
  id: string;
  place: KeyPlace;
  /** tinykeys notation; alternatives apart. */
  keys: readonly string[];
}

const binding = <Id extends string>(place: KeyPlace, id: Id, ...keys: string[]): KeyBinding & { id: Id } => ({ place, id, keys });

/** Every key of the window, in the order in which `?` shows them. */
export const keyBindings = [
  binding("anywhere", "palette", "$mod+k"),
  binding("anywhere", "openFiles", "$mod+o"),
  binding("anywhere", "create", "$mod+n"),
  binding("anywhere", "newTab", "$mod+t"),
  binding("anywhere", "closeTab", "$mod+w"),
  binding("anywhere", "cluster", "$mod+1"),
  binding("anywhere", "back", "$mod+["),
  binding("anywhere", "forward", "$mod+]"),
  binding("anywhere", "sidebar", "$mod+b"),
  binding("anywhere", "dock", "$mod+j"),
  binding("anywhere", "undo", "$mod+z"),
  binding("anywhere", "settings", "$mod+,"),
  binding("anywhere", "region", "F6"),
  binding("anywhere", "help", "?"),
  binding("anywhere", "close", "Escape"),
  binding("go", "goHome", "g h"),
  binding("go", "goPods", "g p"),
  binding("go", "goDeployments", "g d"),
  binding("go", "goServices", "g s"),
  binding("go", "goNodes", "g n"),
  binding("go", "goEvents", "g e"),
  binding("go", "goMap", "g m"),
  binding("go", "goAccess", "g a"),
  binding("go", "goForwards", "g f"),
  binding("go", "namespace", "n"),
  binding("list", "rowDown", "ArrowDown", "j"),
  binding("list", "rowUp", "ArrowUp", "k"),
  binding("list", "firstRow", "Home"),
  binding("list", "lastRow", "End"),
  binding("list", "openRow", "Enter"),
  binding("list", "select", "Space"),
  binding("list", "extend", "Shift+ArrowDown"),
  binding("list", "filter", "/"),
  binding("list", "logs", "l"),
  binding("list", "previousLogs", "Shift+L"),
  binding("list", "shell", "x"),
  binding("list", "forwardPort", "f"),
  binding("list", "openUrl", "o"),
  binding("list", "edit", "e"),
  binding("list", "yaml", "y"),
  binding("list", "scale", "s"),
  binding("list", "more", "+"),
  binding("list", "fewer", "-"),
  binding("list", "restart", "r"),
  binding("list", "rollBack", "u"),
  binding("list", "why", "i"),
  binding("list", "parent", "p"),
  binding("list", "copyName", "c"),
  binding("list", "copyKubectl", "Shift+C"),
  binding("list", "menu", "."),
  binding("list", "delete", "Delete"),
  binding("logs", "follow", "Space"),
  binding("logs", "searchLogs", "/"),
  binding("logs", "nextMatch", "n"),
  binding("logs", "previousMatch", "Shift+N"),
  binding("logs", "wrap", "w"),
  binding("logs", "times", "t"),
  binding("logs", "save", "$mod+s"),
  binding("editor", "review", "$mod+Enter"),
  binding("editor", "leaveEditor", "Escape Tab"),
  binding("terminal", "leaveTerminal", "Shift+F6"),
] as const satisfies readonly KeyBinding[];

export type KeyId = (typeof keyBindings)[number]["id"];

const byId = new Map<string, KeyBinding>(keyBindings.map((each) => [each.id, each]));

/** The first binding of an action, to show beside it. */
export const keysOf = (id: KeyId): string => byId.get(id)!.keys[0]!;

/** Whether an event is one of an action's single presses. */
export function pressed(event: { key: string; shiftKey: boolean; ctrlKey: boolean; metaKey: boolean; altKey: boolean }, id: KeyId): boolean {
  return byId.get(id)!.keys.some((keys) => {
    const parts = keys === "+" ? ["+"] : keys.split("+");
    const key = parts.at(-1)!;
    const mod = parts.includes("$mod");
    const shift = parts.includes("Shift");
    if ((event.ctrlKey || event.metaKey) !== mod || event.altKey) return false;
    const sameKey = key === "Space" ? event.key === " " : key.length === 1 ? event.key.toLowerCase() === key.toLowerCase() : event.key === key;
    const letter = /^[a-z]$/i.test(key);
    return sameKey && (key.length > 1 || letter ? event.shiftKey === shift : true);
  });
}
