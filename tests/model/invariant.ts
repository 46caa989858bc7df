import type { Pod } from "../../shared/kubernetes/types.ts";
import type { Change, History } from "./history.ts";

/** What an invariant may look at. */
export interface View {
  readonly history: History;
  /** Monotonic, ms. */
  readonly now: number;
  /** The clock on the wall, ms. */
  readonly wall: number;
  /** How old, in ms, what a component acts on may be: a decision is right when it was right at some time since then. */
  readonly staleness: number;
  /** Something that the system can't help happened to this app's pods a moment ago: a crash, a lost node, a user's deletion. */
  isDisturbed(app: string): boolean;
  /** Names of the volumes that the storage holds. */
  readonly volumes: ReadonlySet<string>;
  /** The pod's processes run on its machine, whatever the API says. */
  runs(pod: Pod): boolean;
}

/** What must hold whatever happens. Each answers with what is wrong. */
export interface Invariant {
  name: string;
  /** At every single write, before the next. */
  onChange?(change: Change, view: View): string | undefined;
  /** When all is quiet and nothing fails any more. */
  settled?(view: View): string[];
}
