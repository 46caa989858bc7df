import type { Pod } from "../../../shared/kubernetes/types.ts";
import type { Log } from "../../base/log.ts";
import type { ExtenderConfiguration } from "../config/types.ts";
import { choose, type DecideOptions, type Decision, filterNodes, scoreNodes } from "../decide.ts";
import type { Candidate } from "../preemption.ts";
import type { Cycle } from "../types.ts";
import { HttpExtender } from "./httpExtender.ts";

/** Stands for all extenders among the plugins that refused a pod: any event may help. */
const extenderName = "Extender";

/** Services that are asked along with the plugins: one after another, in order. */
export class Extenders {
  readonly #extenders: readonly HttpExtender[];
  readonly #log: Log;

  constructor(configurations: readonly ExtenderConfiguration[], log: Log) {
    this.#extenders = configurations.map((configuration) => new HttpExtender(configuration));
    this.#log = log;
  }

  /** Resources that only extenders count. */
  get ignoredResources(): string[] {
    return this.#extenders.flatMap(({ configuration }) =>
      (configuration.managedResources ?? []).filter(({ ignoredByScheduler }) => ignoredByScheduler).map(({ name }) => name),
    );
  }

  concern(pod: Pod): boolean {
    return this.#extenders.some((extender) => extender.concerns(pod));
  }

  /** Chooses a node as `decide` does, with the extenders' say. @throws Error when one that matters fails */
  async decide(cycle: Cycle, options: DecideOptions): Promise<Decision> {
    const decision = filterNodes(cycle, options);
    for (const extender of this.#interested(cycle.pod)) if (decision.feasible.length > 0) await this.#filter(extender, decision);
    if (decision.feasible.length > 1) {
      scoreNodes(decision);
      await Promise.all(this.#interested(cycle.pod).map((extender) => this.#prioritize(extender, decision)));
    }
    return choose(decision, options.random);
  }

  /** The binding by the extender that does it; undefined when none does. */
  bind(pod: Pod, node: string): Promise<void> | undefined {
    return this.#interested(pod)
      .find((extender) => extender.binds)
      ?.bind(pod, node);
  }

  /** Strikes candidates that an extender does not want; undefined when none is asked. */
  review(pod: Pod, candidates: Candidate[]): Promise<Candidate[]> | undefined {
    const reviewers = this.#interested(pod).filter((extender) => extender.preempts);
    return reviewers.length > 0 ? this.#review(reviewers, pod, candidates) : undefined;
  }

  #interested(pod: Pod): readonly HttpExtender[] {
    return this.#extenders.filter((extender) => extender.concerns(pod));
  }

  async #filter(extender: HttpExtender, decision: Decision): Promise<void> {
    if (!extender.filters) return;
    const { pod } = decision.attempt.cycle;
    const result = await this.#unlessIgnorable(extender, () => extender.filter(pod, decision.feasible));
    if (!result) return;
    for (const [name, verdict] of result.refusals) decision.refusals.set(name, verdict);
    if (result.feasible.length < decision.feasible.length) decision.refusedBy.add(extenderName);
    decision.feasible = result.feasible;
  }

  async #prioritize(extender: HttpExtender, decision: Decision): Promise<void> {
    if (!extender.prioritizes) return;
    try {
      const scores = await extender.prioritize(decision.attempt.cycle.pod, decision.feasible);
      for (let i = 0; i < scores.length; i++) decision.totals[i]! += scores[i]! * extender.weight;
      decision.scores.push({ plugin: extender.name, weight: extender.weight, scores });
    } catch (error) {
      // Others know enough.
      this.#log.debug("extender gave no scores", { extender: extender.name, error: String(error) });
    }
  }

  async #review(reviewers: readonly HttpExtender[], pod: Pod, candidates: Candidate[]): Promise<Candidate[]> {
    let left = candidates;
    for (const extender of reviewers) left = (await this.#unlessIgnorable(extender, () => extender.review(pod, left))) ?? left;
    return left;
  }

  async #unlessIgnorable<T>(extender: HttpExtender, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!extender.configuration.ignorable) throw error;
      this.#log.info("extender failed and is ignored", { extender: extender.name, error: String(error) });
      return undefined;
    }
  }
}
