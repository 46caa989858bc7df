import { create } from "zustand";

type DialogName = "palette" | "settings" | "keys" | "snapshots";

type Dialogs = Record<DialogName, boolean> & {
  open(dialog: DialogName): void;
  close(): void;
};

const none: Record<DialogName, boolean> = { palette: false, settings: false, keys: false, snapshots: false };

/** Which of the window's own overlays is open: one at a time. */
export const useDialogs = create<Dialogs>((set) => ({
  ...none,
  open: (dialog) => set({ ...none, [dialog]: true }),
  close: () => set(none),
}));
