import { create } from "zustand";
import type { Plan, PlanProgress, PlanSource, Receipt } from "../../../shared/contract.ts";

export type PlanPhase = "making" | "failed" | "review" | "applying" | "done";

/** A plan on its way: from what was dropped to the receipt. */
export interface PlanState {
  id: string;
  cluster: string;
  namespace: string;
  sources: PlanSource[];
  phase: PlanPhase;
  plan?: Plan;
  error?: string;
  unticked: ReadonlySet<string>;
  force: boolean;
  progress: ReadonlyMap<string, PlanProgress>;
  receipt?: Receipt;
  startedAt?: number;
}

interface Plans {
  plans: Record<string, PlanState>;
  add(plan: PlanState): void;
  change(id: string, change: Partial<PlanState>): void;
}

/** Plans of this window; they live as long as it does. */
export const usePlans = create<Plans>((set) => ({
  plans: {},
  add: (plan) => set(({ plans }) => ({ plans: { ...plans, [plan.id]: plan } })),
  change: (id, change) => set(({ plans }) => (plans[id] ? { plans: { ...plans, [id]: { ...plans[id], ...change } } } : {})),
}));

/** What will be applied: ticked, valid, not already so; conflicts only when they are taken over. */
export function itemsToApply({ plan, unticked, force }: Pick<PlanState, "plan" | "unticked" | "force">): string[] {
  return (plan?.items ?? [])
    .filter((item) => !unticked.has(item.id) && (item.action === "create" || item.action === "change" || (item.action === "conflict" && force)))
    .map((item) => item.id);
}

export type PlanCounts = Record<Plan["items"][number]["action"], number>;

export function countActions(plan: Plan): PlanCounts {
  const counts: PlanCounts = { create: 0, change: 0, same: 0, conflict: 0, invalid: 0 };
  for (const item of plan.items) counts[item.action]++;
  return counts;
}

/** Progress after a message: each item by its newest state. */
export function mergeProgress(before: ReadonlyMap<string, PlanProgress>, news: readonly PlanProgress[]): ReadonlyMap<string, PlanProgress> {
  const next = new Map(before);
  for (const each of news) next.set(each.item, each);
  return next;
}
