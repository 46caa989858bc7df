import { create } from "zustand";

interface Dialogs {
  palette: boolean;
  settings: boolean;
  keys: boolean;
  open(dialog: "palette" | "settings" | "keys"): void;
  close(): void;
}

/** Which of the window's own overlays is open: one at a time. */
export const useDialogs = create<Dialogs>((set) => ({
  palette: false,
  settings: false,
  keys: false,
  open: (dialog) => set({ palette: false, settings: false, keys: false, [dialog]: true }),
  close: () => set({ palette: false, settings: false, keys: false }),
}));
