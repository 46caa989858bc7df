import type { Pod } from "../../shared/kubernetes/types.ts";
import type { ExtensionPoint, Plugin } from "./types.ts";

/** A plugin at an extension point. */
export interface Enabled {
  plugin: Plugin;
  /** How much its score counts. */
  weight: number;
}

export interface ProfileOptions {
  schedulerName: string;
  /** Of the nodes that would do, how many to look for before the best is taken; 0 adapts to the number of nodes. */
  percentageOfNodesToScore: number;
  /** In the order in which they are called. */
  enabled: Partial<Record<ExtensionPoint, readonly Enabled[]>>;
}

/** Which plugins decide for pods of one scheduler name, and in which order. */
export class Profile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: number;
  /** All that take part in attempts, in the order in which they begin. */
  readonly beginning: readonly Plugin[];
  readonly #enabled: ProfileOptions["enabled"];
  readonly #plugins: ReadonlyMap<string, Plugin>;

  constructor({ schedulerName, percentageOfNodesToScore, enabled }: ProfileOptions) {
    this.schedulerName = schedulerName;
    this.percentageOfNodesToScore = percentageOfNodesToScore;
    this.#enabled = enabled;
    const order: ExtensionPoint[] = ["preFilter", "filter", "preScore", "score", "reserve", "permit", "preBind", "bind", "postBind"];
    const all = order.flatMap((point) => this.at(point).map(({ plugin }) => plugin));
    this.#plugins = new Map(Object.values(enabled).flatMap((each) => each.map(({ plugin }) => [plugin.name, plugin] as const)));
    this.beginning = [...new Set(all)].filter((plugin) => plugin.begin);
  }

  at(point: ExtensionPoint): readonly Enabled[] {
    return this.#enabled[point] ?? [];
  }

  has(point: ExtensionPoint, plugin: Plugin): boolean {
    return this.at(point).some((enabled) => enabled.plugin === plugin);
  }

  /** PreEnqueue: the plugin that keeps a pod out of the queue. */
  gate(pod: Pod): string | undefined {
    return this.at("preEnqueue").find(({ plugin }) => plugin.preEnqueue?.(pod) !== undefined)?.plugin.name;
  }

  /** The plugins of these names. */
  named(names: ReadonlySet<string>): readonly Plugin[] {
    return [...names].flatMap((name) => this.#plugins.get(name) ?? []);
  }
}
