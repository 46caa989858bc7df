import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "regular" | "roomy";

/** What the user chose for the columns of one kind. */
export interface ColumnChoice {
  shown?: string[];
  hidden?: string[];
  order?: string[];
  widths?: Record<string, number>;
}

interface Preferences {
  theme: Theme;
  density: Density;
  /** Keys without a modifier act on the focused list. */
  singleKeys: boolean;
  sidebarOpen: boolean;
  openSections: Record<string, boolean>;
  favouriteNamespaces: string[];
  columns: Record<string, ColumnChoice>;
  set(change: Partial<Omit<Preferences, "set" | "setColumns">>): void;
  setColumns(kind: string, choice: ColumnChoice): void;
}

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: "system",
      density: "regular",
      singleKeys: true,
      sidebarOpen: true,
      openSections: {},
      favouriteNamespaces: [],
      columns: {},
      set: (change) => set(change),
      setColumns: (kind, choice) => set(({ columns }) => ({ columns: { ...columns, [kind]: choice } })),
    }),
    { name: "preferences", version: 1, storage: createJSONStorage(() => localStorage) },
  ),
);
