import type { Lease } from "../../shared/kubernetes/types.ts";
import { Leases } from "../api/resources.ts";
import { hasReason } from "../api/statusError.ts";
import { rfc3339Micro, type Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { createEventRecorder } from "./events.ts";
import type { Client, ResourceClient } from "./types.ts";

const namespace = "kube-system";

/** The fewest and the most times the retry period that a candidate waits; chance keeps candidates apart. */
const jitter = 1.2;

export interface LeaderElectionOptions {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  /** Of the Lease in kube-system, and the source of its events: `kube-scheduler`. */
  name: string;
  /** Tells candidates apart. Whoever comes back under the same one takes its Lease over at once. */
  identity: string;
  /** Times in ms; the defaults of Kubernetes' components. */
  leaseDuration?: number;
  renewDeadline?: number;
  retryPeriod?: number;
  /** Begins the leader's work; disposed when the lead is lost. */
  lead(): Disposable;
}

export interface LeaderElection {
  readonly isLeader: boolean;
  /** Ends the work, and gives the Lease back so that the next need not wait. Never throws. */
  stop(): Promise<void>;
}

/**
 * Runs `lead()` in one process at a time, by a Lease that its holder renews: client-go's leader election.
 * https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
 */
export function runLeaderElection(options: LeaderElectionOptions): LeaderElection {
  return new LeaseElection(options);
}

class LeaseElection implements LeaderElection {
  readonly #options: Required<LeaderElectionOptions>;
  readonly #leases: ResourceClient<Lease>;
  #work: Disposable | undefined;
  #stopped = false;
  #timer: Disposable | undefined;
  /** The Lease as it was seen last, and since when, monotonic ms: other machines' clocks are not trusted. */
  #seen: { lease: Lease; at: number } | undefined;
  #renewedAt = 0;
  #attempt: Promise<void>;

  constructor(options: LeaderElectionOptions) {
    this.#options = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000, ...options };
    this.#leases = options.client.resource(Leases);
    this.#attempt = this.#try();
  }

  get isLeader(): boolean {
    return this.#work !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    await this.#attempt;
    const { log, name } = this.#options;
    const held = this.#work !== undefined;
    this.#end();
    if (held) await this.#release().catch((error: unknown) => log.warn("lease not released", { name, error: String(error) }));
  }

  async #try(): Promise<void> {
    const { clock, random, retryPeriod, log, name } = this.#options;
    const now = clock.monotonic();
    const held = await this.#acquireOrRenew(now).catch((error: unknown) => {
      log.debug("lease not acquired", { name, error: String(error) });
      return false;
    });
    if (held) this.#renewedAt = now;
    if (this.#stopped) return;
    if (held && !this.#work) this.#begin();
    else if (!held) this.#reconsider();
    const wait = this.#work ? retryPeriod : retryPeriod * (1 + jitter * random.next());
    this.#timer = clock.after(wait, () => void (this.#attempt = this.#try()));
  }

  #begin(): void {
    this.#tell("became leader");
    this.#work = this.#options.lead();
  }

  /** A renewal failed: another holds the Lease now, or will soon. */
  #reconsider(): void {
    const { clock, renewDeadline, identity, log, name } = this.#options;
    if (!this.#work) return;
    const taken = this.#seen?.lease.spec?.holderIdentity !== identity;
    if (!taken && clock.monotonic() - this.#renewedAt < renewDeadline) return;
    log.error("leader election lost", { name });
    this.#end();
    this.#tell("stopped leading");
  }

  #end(): void {
    this.#work?.[Symbol.dispose]();
    this.#work = undefined;
  }

  async #acquireOrRenew(now: number): Promise<boolean> {
    const { name } = this.#options;
    // The holder writes on what it wrote last; only when that fails it looks.
    const renewed = this.#work && this.#seen ? await this.#write(this.#seen.lease).catch(() => undefined) : undefined;
    if (renewed) return this.#see(renewed, now);
    let lease: Lease;
    try {
      lease = await this.#leases.get({ namespace, name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      return this.#see(await this.#leases.create({ metadata: { name, namespace }, spec: this.#spec(undefined) }), now);
    }
    if (lease.metadata.resourceVersion !== this.#seen?.lease.metadata.resourceVersion) this.#see(lease, now);
    return this.#isFree(lease, now) && this.#see(await this.#write(lease), now);
  }

  #see(lease: Lease, at: number): true {
    this.#seen = { lease, at };
    return true;
  }

  #isFree({ spec }: Lease, now: number): boolean {
    const holder = spec?.holderIdentity;
    return !holder || holder === this.#options.identity || now - this.#seen!.at >= (spec?.leaseDurationSeconds ?? 0) * 1000;
  }

  #write(lease: Lease): Promise<Lease> {
    return this.#leases.update({ ...lease, spec: this.#spec(lease) });
  }

  #spec(old: Lease | undefined): NonNullable<Lease["spec"]> {
    const { identity, leaseDuration, clock } = this.#options;
    const stamp = rfc3339Micro(clock.now());
    const mine = old?.spec?.holderIdentity === identity;
    const transitions = old?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseDuration / 1000,
      acquireTime: mine ? old.spec!.acquireTime : stamp,
      renewTime: stamp,
      leaseTransitions: old && !mine ? transitions + 1 : transitions,
    };
  }

  async #release(): Promise<void> {
    const { name, identity, clock } = this.#options;
    const lease = await this.#leases.get({ namespace, name });
    if (lease.spec?.holderIdentity !== identity) return;
    const stamp = rfc3339Micro(clock.now());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: stamp, renewTime: stamp };
    await this.#leases.update({ ...lease, spec });
  }

  #tell(what: string): void {
    const { client, clock, log, name, identity } = this.#options;
    const lease = this.#seen!.lease;
    const { resourceVersion, uid } = lease.metadata;
    const reference = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name, uid, resourceVersion };
    createEventRecorder({ client, clock, log, component: name }).event(reference, "Normal", "LeaderElection", `${identity} ${what}`);
  }
}
