import { useEffect } from "react";
import { createKeybindingsHandler } from "tinykeys";
import { builtIn } from "../data/references.ts";
import { useClusters } from "../data/clusterState.ts";
import { useReceipts } from "../data/receipts.ts";
import { useCommands } from "../data/useCommands.ts";
import { openFilePicker } from "../features/plan/fileInput.ts";
import { useSwitchCluster } from "./ClusterSwitcher.tsx";
import { useDialogs } from "./dialogs.ts";
import { keyBindings, type KeyId } from "./keys.ts";
import { openNamespacePicker } from "./NamespacePicker.tsx";
import { usePreferences } from "./preferences.ts";
import { parsePath, pathTo } from "./routes.ts";
import { currentEntry, useWorkspace } from "./workspace.ts";

const isText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.tagName === "TEXTAREA" || (target instanceof HTMLInputElement && target.type !== "checkbox"));
const isTerminal = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest(".xterm") !== null;
const overlayOpen = (): boolean => document.querySelector("[role=dialog][data-state=open], [role=menu][data-state=open]") !== null;

/** Moves the focus to the next region of the window. */
function nextRegion(back: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((region) => region.offsetParent !== null);
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(here + (back ? -1 : 1) + regions.length) % regions.length];
  const inside = next?.querySelector<HTMLElement>(
    "[role=grid], [role=log], [aria-current=page], [role=tab][aria-selected=true], button:not([disabled])",
  );
  (inside ?? next)?.focus();
}

const clusterOf = (): string => {
  const { tabs, active } = useWorkspace.getState();
  return parsePath(currentEntry(tabs.find((tab) => tab.id === active) ?? tabs[0]!).path).cluster;
};

function closeTopmost(): void {
  if (overlayOpen()) return;
  const { drawer, closeDrawer } = useWorkspace.getState();
  if (drawer) closeDrawer();
}

/** The keys that work anywhere, and the `g` ones. */
export function useKeys(): void {
  const clusters = useClusters();
  const switchCluster = useSwitchCluster();
  const { undo } = useCommands();
  useEffect(() => {
    const workspace = useWorkspace.getState();
    const { open } = useDialogs.getState();
    const go = (group: string, resource: string) => () => workspace.navigate(pathTo.list(clusterOf(), builtIn(group, resource)));
    const actions: Partial<Record<KeyId, () => void>> = {
      palette: () => open("palette"),
      openFiles: openFilePicker,
      create: openFilePicker,
      newTab: () => workspace.openTab(),
      closeTab: () => workspace.closeTab(useWorkspace.getState().active),
      back: workspace.back,
      forward: workspace.forward,
      sidebar: () => usePreferences.getState().set({ sidebarOpen: !usePreferences.getState().sidebarOpen }),
      dock: workspace.toggleDock,
      undo: () => {
        const last = useReceipts.getState().list.find((receipt) => receipt.undoable && !receipt.undone);
        if (last) void undo(last);
      },
      settings: () => open("settings"),
      help: () => open("keys"),
      close: closeTopmost,
      goHome: () => workspace.navigate(pathTo.home(clusterOf())),
      goPods: go("", "pods"),
      goDeployments: go("apps", "deployments"),
      goServices: go("", "services"),
      goNodes: go("", "nodes"),
      goEvents: go("", "events"),
      goMap: () => workspace.navigate(pathTo.plain(clusterOf(), "map")),
      goAccess: () => workspace.navigate(pathTo.plain(clusterOf(), "access")),
      goForwards: () => workspace.navigate(pathTo.plain(clusterOf(), "forwards")),
      namespace: openNamespacePicker,
    };
    const bindings: Record<string, (event: KeyboardEvent) => void> = {};
    for (const { id, keys } of keyBindings) {
      const action = actions[id];
      if (!action) continue;
      for (const each of keys) {
        const single = !each.includes("$mod") && each !== "Escape";
        bindings[each === "?" ? "(Shift+)?" : each] = (event) => {
          if (event.defaultPrevented) return;
          if (single && (isText(event.target) || overlayOpen() || !usePreferences.getState().singleKeys)) return;
          if (each === "$mod+z" && isText(event.target)) return;
          event.preventDefault();
          action();
        };
      }
    }
    delete bindings["(Shift+)?"];
    bindings["Shift+?"] = (event) => {
      if (!isText(event.target) && !overlayOpen() && usePreferences.getState().singleKeys) open("keys");
    };
    bindings["F6"] = () => nextRegion(false);
    bindings["Shift+F6"] = (event) => !isTerminal(event.target) && nextRegion(true);
    clusters.slice(0, 9).forEach((cluster, index) => {
      bindings[`$mod+${index + 1}`] = (event) => {
        event.preventDefault();
        switchCluster(cluster);
      };
    });
    const handle = createKeybindingsHandler(bindings);
    const listener = (event: KeyboardEvent) => {
      if (!isTerminal(event.target)) handle(event);
    };
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  });
}
