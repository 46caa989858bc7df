import { changeScript, fullScript, staleConversations } from "../rules/nftScript.ts";
import type { RuleKey, Ruleset, RuleTable } from "../rules/types.ts";
import type { AgentPod } from "../agentProtocol.ts";
import { Slots } from "./slots.ts";

/** What is done inside a pod's network namespace. */
export interface PodNamespace {
  /** One transaction. @throws Error with nft's message. */
  runScript(pid: number, script: string): Promise<void>;
  /** Forgets UDP conversations with an endpoint that is gone. */
  forgetConversations(pid: number, stale: { address: string; port: number; endpoint: string }[]): Promise<void>;
}

interface PodState {
  pod: AgentPod;
  /** What its table holds, when that is known. */
  applied?: Ruleset;
  syncing?: Promise<void>;
}

const nothing: Ruleset = { rules: new Map() };
/** Most of a transaction's time is the kernel's waiting. */
const parallel = 8;

/** Keeps the rules of every pod as its node's rules are now. Pods catch up by themselves and skip what they missed. */
export class PodRules {
  readonly #namespace: PodNamespace;
  readonly #serviceCIDR: string;
  readonly #current = new Map<string, Ruleset>();
  readonly #pods = new Map<string, PodState>();
  readonly #slots = new Slots(parallel);
  /** The last change made to a script: the pods of a node mostly need the same one. */
  #lastChange: { from: Ruleset; to: Ruleset; script: string } | undefined;

  constructor(namespace: PodNamespace, serviceCIDR: string) {
    this.#namespace = namespace;
    this.#serviceCIDR = serviceCIDR;
  }

  /** Everything that should be; rules that are the same stay untouched. */
  async replace(rules: Record<string, RuleTable>, pods: AgentPod[]): Promise<void> {
    for (const node of this.#current.keys()) if (!rules[node]) this.#current.delete(node);
    for (const [node, table] of Object.entries(rules)) this.#current.set(node, { rules: new Map(Object.entries(table)) });
    const wanted = new Map(pods.map((pod) => [pod.id, pod]));
    for (const id of this.#pods.keys()) if (!wanted.has(id)) this.#pods.delete(id);
    for (const pod of pods) this.#state(pod);
    await this.#syncAll([...this.#pods.values()]);
  }

  async change(node: string, set: RuleTable, remove: RuleKey[]): Promise<void> {
    const rules = new Map(this.#rulesOf(node).rules);
    for (const key of remove) rules.delete(key);
    for (const [key, rule] of Object.entries(set)) rules.set(key, rule);
    this.#current.set(node, { rules });
    await this.#syncAll([...this.#pods.values()].filter((state) => state.pod.node === node));
  }

  /** @throws Error when the pod can't be given its rules. */
  add(pod: AgentPod): Promise<void> {
    return this.#sync(this.#state(pod), true);
  }

  remove(id: string): void {
    this.#pods.delete(id);
  }

  #rulesOf(node: string): Ruleset {
    return this.#current.get(node) ?? nothing;
  }

  #state(pod: AgentPod): PodState {
    let state = this.#pods.get(pod.id);
    // A sandbox that was started again has a new namespace.
    if (!state || state.pod.pid !== pod.pid) this.#pods.set(pod.id, (state = { pod }));
    state.pod = pod;
    return state;
  }

  /** A pod that is on its way out must not hold up the others: its failure is for `add` alone. */
  async #syncAll(states: PodState[]): Promise<void> {
    await Promise.all(states.map((state) => this.#sync(state, false).catch(() => {})));
  }

  #sync(state: PodState, first: boolean): Promise<void> {
    return (state.syncing ??= Promise.resolve().then(() => this.#catchUp(state, first)));
  }

  async #catchUp(state: PodState, first: boolean): Promise<void> {
    try {
      for (;;) {
        const target = this.#rulesOf(state.pod.node);
        if (state.applied === target || this.#pods.get(state.pod.id) !== state) return;
        await this.#slots.run(() => this.#apply(state, target), first);
        state.applied = target;
      }
    } finally {
      // At once with the last look at the target: who changes it next must start anew.
      delete state.syncing;
    }
  }

  async #apply({ pod, applied }: PodState, target: Ruleset): Promise<void> {
    if (!applied) return this.#namespace.runScript(pod.pid, fullScript(target, this.#serviceCIDR));
    const script = this.#changeScript(applied, target);
    if (!script) return;
    try {
      await this.#namespace.runScript(pod.pid, script);
    } catch {
      // Its table is not what we thought: make it anew.
      await this.#namespace.runScript(pod.pid, fullScript(target, this.#serviceCIDR));
    }
    const stale = staleConversations(applied, target);
    if (stale.length > 0) await this.#namespace.forgetConversations(pod.pid, stale);
  }

  #changeScript(from: Ruleset, to: Ruleset): string {
    if (this.#lastChange?.from !== from || this.#lastChange.to !== to) this.#lastChange = { from, to, script: changeScript(from, to) };
    return this.#lastChange.script;
  }
}
