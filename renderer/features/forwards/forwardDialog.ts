import { create } from "zustand";
import type { Target } from "../../../shared/contract.ts";

interface ForwardDialogState {
  target: Target | null;
  ask(target: Target): void;
  close(): void;
}

/** Which target a forward is being made for. */
export const useForwardDialog = create<ForwardDialogState>((set) => ({
  target: null,
  ask: (target) => set({ target }),
  close: () => set({ target: null }),
}));
