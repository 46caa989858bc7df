import { create } from "zustand";

/** An edit that was not applied yet, and the resourceVersion that it started from. */
export interface Draft {
  text: string;
  version: string;
}

interface Drafts {
  /** By target. */
  drafts: Record<string, Draft>;
  keep(key: string, draft: Draft): void;
  drop(key: string): void;
}

/** Drafts survive their screen; applying or discarding ends them. */
export const useDrafts = create<Drafts>((set) => ({
  drafts: {},
  keep: (key, draft) => set(({ drafts }) => ({ drafts: { ...drafts, [key]: draft } })),
  drop: (key) => set(({ drafts }) => ({ drafts: Object.fromEntries(Object.entries(drafts).filter(([each]) => each !== key)) })),
}));
