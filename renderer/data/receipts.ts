import { create } from "zustand";
import type { Receipt } from "../../shared/contract.ts";

interface Receipts {
  /** Changes made from this window, newest first. */
  list: Receipt[];
  add(receipt: Receipt): void;
  markUndone(id: string): void;
}

const kept = 100;

export const useReceipts = create<Receipts>((set) => ({
  list: [],
  add: (receipt) => set(({ list }) => ({ list: [receipt, ...list.filter((each) => each.id !== receipt.id)].slice(0, kept) })),
  markUndone: (id) => set(({ list }) => ({ list: list.map((each) => (each.id === id ? { ...each, undone: true } : each)) })),
}));
