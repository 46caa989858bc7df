import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";
import type { ObjectRef, StatusClass, Target } from "../../shared/contract.ts";
import { targetKey } from "../data/references.ts";
import { inCluster, parsePath, pathTo, type DetailSection, type Place } from "./routes.ts";

/** What a list is narrowed and ordered by; kept with the place in the tab's history, so that going back restores it. */
export interface ListState {
  text: string;
  labelSelector: string;
  statuses: StatusClass[];
  sort?: { column: string; descending: boolean } | undefined;
  owner?: ObjectRef | undefined;
  scroll: number;
}

export const plainList: ListState = { text: "", labelSelector: "", statuses: [], scroll: 0 };

interface Entry {
  path: string;
  list: ListState;
}

export interface Tab {
  id: string;
  /** Empty: all namespaces. */
  namespaces: string[];
  history: Entry[];
  at: number;
}

export interface DrawerState {
  target: Target;
  section: DetailSection;
}

export interface DockPanel {
  id: string;
  kind: "logs" | "terminal";
  target: Target;
  container?: string | undefined;
  previous?: boolean | undefined;
}

interface Workspace {
  tabs: Tab[];
  active: string;
  drawer: DrawerState | null;
  dock: { open: boolean; panels: DockPanel[]; active: string };
  navigate(path: string, list?: Partial<ListState>): void;
  back(): void;
  forward(): void;
  setList(list: Partial<ListState>): void;
  setNamespaces(namespaces: string[]): void;
  setCluster(cluster: string): void;
  openTab(path?: string, list?: Partial<ListState>): void;
  closeTab(id: string): void;
  activateTab(id: string): void;
  show(target: Target, section?: DetailSection): void;
  setSection(section: DetailSection): void;
  closeDrawer(): void;
  openPanel(panel: Omit<DockPanel, "id">): void;
  closePanel(id: string): void;
  activatePanel(id: string): void;
  toggleDock(): void;
}

let created = 0;
const newId = (): string => `${Date.now().toString(36)}-${created++}`;

/** Places that a tab remembers. */
const historyLength = 50;

const entry = (path: string, list: Partial<ListState> = {}): Entry => ({ path, list: { ...plainList, ...list } });
const newTab = (path: string, namespaces: string[] = [], list?: Partial<ListState>): Tab => ({
  id: newId(),
  namespaces,
  history: [entry(path, list)],
  at: 0,
});

export const currentEntry = (tab: Tab): Entry => tab.history[tab.at] ?? entry(pathTo.home("local"));

/** The tab after going to a path: what lay ahead is forgotten. */
export function visit(tab: Tab, path: string, list: Partial<ListState> = {}): Tab {
  const here = currentEntry(tab);
  if (here.path === path && Object.keys(list).length === 0) return tab;
  const history = [...tab.history.slice(0, tab.at + 1), entry(path, list)].slice(-historyLength);
  return { ...tab, history, at: history.length - 1 };
}

export const step = (tab: Tab, by: -1 | 1): Tab => ({ ...tab, at: Math.min(Math.max(tab.at + by, 0), tab.history.length - 1) });

/** Closes a tab; the neighbour takes over, and there is always one. */
export function withoutTab(tabs: Tab[], active: string, id: string): { tabs: Tab[]; active: string } {
  const index = tabs.findIndex((tab) => tab.id === id);
  const rest = tabs.filter((tab) => tab.id !== id);
  if (rest.length === 0) {
    const fresh = newTab(pathTo.home(parsePath(tabs[0] ? currentEntry(tabs[0]).path : "").cluster));
    return { tabs: [fresh], active: fresh.id };
  }
  return { tabs: rest, active: active === id ? rest[Math.min(index, rest.length - 1)]!.id : active };
}

const samePanel = (a: Omit<DockPanel, "id">, b: Omit<DockPanel, "id">): boolean =>
  a.kind === b.kind &&
  a.kind === "logs" &&
  targetKey(a.target) === targetKey(b.target) &&
  Boolean(a.previous) === Boolean(b.previous) &&
  a.container === b.container;

const firstTab = newTab(pathTo.home("local"));

export const useWorkspace = create<Workspace>()(
  persist(
    (set) => {
      const changeTab = (change: (tab: Tab) => Tab) =>
        set(({ tabs, active }) => ({ tabs: tabs.map((tab) => (tab.id === active ? change(tab) : tab)) }));
      return {
        tabs: [firstTab],
        active: firstTab.id,
        drawer: null,
        dock: { open: false, panels: [], active: "" },
        navigate: (path, list) => changeTab((tab) => visit(tab, path, list)),
        back: () => changeTab((tab) => step(tab, -1)),
        forward: () => changeTab((tab) => step(tab, 1)),
        setList: (list) =>
          changeTab((tab) => ({
            ...tab,
            history: tab.history.map((each, at) => (at === tab.at ? { ...each, list: { ...each.list, ...list } } : each)),
          })),
        setNamespaces: (namespaces) => changeTab((tab) => ({ ...tab, namespaces })),
        setCluster: (cluster) => changeTab((tab) => ({ ...visit(tab, inCluster(parsePath(currentEntry(tab).path), cluster)), namespaces: [] })),
        openTab: (path, list) =>
          set(({ tabs, active }) => {
            const from = tabs.find((tab) => tab.id === active);
            const tab = newTab(path ?? pathTo.home(from ? parsePath(currentEntry(from).path).cluster : "local"), from?.namespaces, list);
            return { tabs: [...tabs, tab], active: tab.id };
          }),
        closeTab: (id) => set(({ tabs, active }) => withoutTab(tabs, active, id)),
        activateTab: (id) => set({ active: id }),
        show: (target, section = "overview") => set({ drawer: { target, section } }),
        setSection: (section) => set(({ drawer }) => ({ drawer: drawer && { ...drawer, section } })),
        closeDrawer: () => set({ drawer: null }),
        openPanel: (panel) =>
          set(({ dock }) => {
            const open = dock.panels.find((each) => samePanel(each, panel));
            if (open) return { dock: { ...dock, open: true, active: open.id } };
            const id = newId();
            return { dock: { open: true, panels: [...dock.panels, { ...panel, id }], active: id } };
          }),
        closePanel: (id) =>
          set(({ dock }) => {
            const index = dock.panels.findIndex((panel) => panel.id === id);
            const panels = dock.panels.filter((panel) => panel.id !== id);
            const active = dock.active === id ? (panels[Math.min(index, panels.length - 1)]?.id ?? "") : dock.active;
            return { dock: { open: dock.open && panels.length > 0, panels, active } };
          }),
        activatePanel: (id) => set(({ dock }) => ({ dock: { ...dock, open: true, active: id } })),
        toggleDock: () => set(({ dock }) => ({ dock: { ...dock, open: !dock.open } })),
      };
    },
    {
      name: "workspace",
      version: 1,
      storage: createJSONStorage(() => localStorage),
      // Plans live in memory only: their places do not survive the window.
      partialize: ({ tabs, active }) => ({ tabs: tabs.map(withoutPlans), active }),
    },
  ),
);

function withoutPlans(tab: Tab): Tab {
  const history = tab.history.filter((each) => parsePath(each.path).screen !== "plan");
  if (history.length === tab.history.length) return tab;
  const kept = history.length > 0 ? history : [entry(pathTo.home("local"))];
  return { ...tab, history: kept, at: Math.min(tab.at, kept.length - 1) };
}

const activeTab = (state: Workspace): Tab => state.tabs.find((tab) => tab.id === state.active) ?? state.tabs[0]!;

export const useTab = (): Tab => useWorkspace(activeTab);
export const usePath = (): string => useWorkspace((state) => currentEntry(activeTab(state)).path);
export const usePlace = (): Place => parsePath(usePath());
export const useListState = (): ListState => useWorkspace((state) => currentEntry(activeTab(state)).list);
export const useClusterId = (): string => useWorkspace((state) => parsePath(currentEntry(activeTab(state)).path).cluster);
export const useNamespaces = (): string[] => useWorkspace((state) => activeTab(state).namespaces);
