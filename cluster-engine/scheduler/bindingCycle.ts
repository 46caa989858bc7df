import type { Attempt } from "./attempt.ts";
import type { NodeInfo } from "./nodeInfo.ts";
import type { Verdict } from "./types.ts";

/** The pod was refused for its node after all. */
export class Rejection extends Error {
  readonly plugin: string;
  readonly verdict: Verdict;

  constructor(plugin: string, verdict: Verdict) {
    super(verdict.reasons.join(", "));
    this.plugin = plugin;
    this.verdict = verdict;
  }
}

/** Reserve: takes what the pod needs in memory; undone when a plugin refuses. @throws Rejection */
export function reserve(attempt: Attempt, node: NodeInfo): void {
  for (const { enabled, run } of attempt.runs("reserve")) {
    const verdict = run.reserve?.(node);
    if (!verdict) continue;
    unreserve(attempt, node);
    throw new Rejection(enabled.plugin.name, verdict);
  }
}

/** In reverse order; what was not reserved is left alone. */
export function unreserve(attempt: Attempt, node: NodeInfo): void {
  for (const { run } of attempt.runs("reserve").reverse()) run.unreserve?.(node);
}

export interface BindingOptions {
  signal: AbortSignal;
  /** The pod is about to take long: its node may be told. */
  onLong(): Promise<void>;
  /** From now on it can't be stopped. */
  onBind(): void;
  /** An extender's binding; undefined when none wants to. */
  extenderBind?(): Promise<void> | undefined;
}

/** Permit, PreBind, Bind and PostBind. @throws Rejection when Permit refuses, Error when a later one fails */
export async function runBindingCycle(attempt: Attempt, node: NodeInfo, { signal, onLong, onBind, extenderBind }: BindingOptions): Promise<void> {
  for (const { enabled, run } of attempt.runs("permit")) {
    const verdict = await run.permit?.(node);
    if (verdict) throw new Rejection(enabled.plugin.name, verdict);
  }
  const preBinding = attempt.runs("preBind").filter(({ run }) => run.preBind && (run.needsPreBind?.(node) ?? true));
  if (preBinding.length > 0) await onLong();
  for (const { enabled, run } of preBinding) await named(`running PreBind plugin "${enabled.plugin.name}"`, run.preBind!(node, signal));
  signal.throwIfAborted();
  onBind();
  const extended = extenderBind?.();
  if (extended) await extended;
  else await bind(attempt, node);
  for (const { run } of attempt.runs("postBind")) run.postBind?.(node);
}

async function bind(attempt: Attempt, node: NodeInfo): Promise<void> {
  for (const { enabled, run } of attempt.runs("bind"))
    if (run.bind && (await named(`running Bind plugin "${enabled.plugin.name}"`, run.bind(node)))) return;
}

async function named<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
