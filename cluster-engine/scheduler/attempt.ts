import type { NodeInfo } from "./nodeInfo.ts";
import type { Enabled, Profile } from "./profile.ts";
import type { Change } from "./change.ts";
import type { Cycle, ExtensionPoint, Plugin, PluginRun, Verdict } from "./types.ts";

interface Refusal {
  plugin: string;
  verdict: Verdict;
}

/** The plugins' runs of one attempt. */
export class Attempt {
  readonly cycle: Cycle;
  readonly profile: Profile;
  /** PreFilter's refusal of all nodes. */
  readonly refusal: Refusal | undefined;
  readonly #runs = new Map<Plugin, PluginRun>();
  readonly #filters: { name: string; filter: NonNullable<PluginRun["filter"]> }[] = [];

  constructor(cycle: Cycle, profile: Profile) {
    this.cycle = cycle;
    this.profile = profile;
    this.refusal = this.#begin();
    for (const { plugin } of profile.at("filter")) {
      const run = this.#runs.get(plugin);
      if (run?.filter) this.#filters.push({ name: plugin.name, filter: run.filter.bind(run) });
    }
  }

  run(plugin: Plugin): PluginRun | undefined {
    return this.#runs.get(plugin);
  }

  /** Runs with a part at `point`, in its order. */
  runs(point: ExtensionPoint): { enabled: Enabled; run: PluginRun }[] {
    return this.profile.at(point).flatMap((enabled) => {
      const run = this.#runs.get(enabled.plugin);
      return run ? [{ enabled, run }] : [];
    });
  }

  firstRefusal(node: NodeInfo, change?: Change): Refusal | undefined {
    for (const { name, filter } of this.#filters) {
      const verdict = filter(node, change);
      if (verdict) return { plugin: name, verdict };
    }
    return undefined;
  }

  allRefusals(node: NodeInfo): Refusal[] {
    return this.#filters.flatMap(({ name, filter }) => {
      const verdict = filter(node);
      return verdict ? [{ plugin: name, verdict }] : [];
    });
  }

  /** The only nodes that PreFilter leaves, and the plugins that said so; undefined: all. */
  get nodeNames(): { names: ReadonlySet<string>; plugins: string[] } | undefined {
    return this.#nodeNames;
  }

  #nodeNames: { names: ReadonlySet<string>; plugins: string[] } | undefined;

  #begin(): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const plugin of this.profile.beginning) {
      const run = plugin.begin!(this.cycle);
      if (!run) continue;
      this.#runs.set(plugin, run);
      if (!this.profile.has("preFilter", plugin)) continue;
      if (run.refusal) refusal = { plugin: plugin.name, verdict: run.refusal };
      if (run.refusal?.code === "unresolvable") return refusal;
      if (run.nodeNames) this.#narrow(plugin.name, run.nodeNames);
      if (this.#nodeNames?.names.size === 0) return this.#nothingLeft(this.#nodeNames.plugins);
    }
    return refusal;
  }

  #narrow(plugin: string, names: ReadonlySet<string>): void {
    const before = this.#nodeNames;
    this.#nodeNames = {
      names: before ? new Set([...names].filter((name) => before.names.has(name))) : names,
      plugins: [...(before?.plugins ?? []), plugin].sort(),
    };
  }

  #nothingLeft(plugins: string[]): Refusal {
    const listed =
      plugins.length === 1 ? `node(s) didn't satisfy plugin ${plugins[0]}` : `node(s) didn't satisfy plugin(s) [${plugins.join(" ")}] simultaneously`;
    return { plugin: plugins[0]!, verdict: { code: "unresolvable", reasons: [listed] } };
  }
}
