import { keyOf, type KubeObject, type ObjectKey } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import { hasReason } from "../api/statusError.ts";
import type { Clock } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import { causeOf, createClient } from "./client.ts";
import { WriteLedger } from "./writeLedger.ts";
import type { Client, Informer, Informers, WriteCause } from "./types.ts";
import { WakeCauses } from "./wakeCauses.ts";
import { WorkQueue } from "./workQueue.ts";

/** An informer that wakes the loop, and the keys that its objects concern. */
export interface Source {
  readonly type: ResourceType;
  readonly synced: Promise<void>;
  subscribe(wake: (keys: Iterable<string>, object: KubeObject) => void): Disposable;
}

/** Wakes `keys(object)` on each add and delete, and the keys of both states on each update. */
export function source<T extends KubeObject>(
  informer: Informer<T>,
  keys: (object: T) => Iterable<string> = (object) => [keyOf(object.metadata)],
  relevant: (object: T, old: T) => boolean = () => true,
): Source {
  return {
    type: informer.type,
    synced: informer.synced,
    subscribe: (wake) =>
      informer.handle({
        onAdd: (object) => wake(keys(object), object),
        onUpdate: (object, old) => {
          if (relevant(object, old)) wake(new Set([...keys(object), ...keys(old)]), object);
        },
        onDelete: (object) => wake(keys(object), object),
      }),
  };
}

export interface ReconcileContext {
  /** Its writes carry `cause`. */
  client: Client;
  /** The object that woke this run; a retry has that of the run that failed, a delayed run that of the run that asked for it. */
  cause?: WriteCause;
}

export interface ReconcilerOptions {
  /** Names the loop in logs: `deployment`. */
  name: string;
  client: Client;
  /** The caches that `reconcile` reads: a run's own writes are in them before the key's next run. */
  informers: Informers;
  clock: Clock;
  log: Log;
  /** Each is in cache before the first run. */
  sources: Source[];
  /** Informers that are read but wake nothing. */
  reads?: { readonly synced: Promise<void> }[];
  /** Keys worked on at the same time. */
  workers?: number;
  /** Delay in ms before the first retry of a failing key. */
  baseDelay?: number;
  /** Longest delay in ms between retries of a failing key. */
  maxDelay?: number;
  /**
   * Brings one key closer to what it should be, from what the caches say now. Runs again with backoff when it throws,
   * and after `requeueAfter` ms when it asks for it.
   */
  reconcile(key: string, context: ReconcileContext): Promise<void | { requeueAfter: number }>;
}

export interface Reconciler extends Disposable {
  readonly queue: WorkQueue;
  /** Wakes a key from outside the sources. */
  wake(key: string | ObjectKey, cause?: WriteCause): void;
}

/** The one loop of all controllers: informer → key → queue → `reconcile(key)`. */
export function runReconciler(options: ReconcilerOptions): Reconciler {
  const { clock, sources, reads = [], workers = 5, baseDelay, maxDelay } = options;
  const disposables = new Disposables();
  const queue = disposables.add(new WorkQueue({ clock, baseDelay, maxDelay }));
  const causes = new WakeCauses();
  const wake = (key: string, cause?: WriteCause) => {
    if (cause) causes.woke(key, cause);
    queue.add(key);
  };
  for (const each of sources) {
    const subscription = each.subscribe((keys, object) => {
      let cause: WriteCause | undefined;
      for (const key of keys) wake(key, (cause ??= causeOf(each.type, object)));
    });
    disposables.add(subscription);
  }
  void Promise.all([...sources, ...reads].map((each) => each.synced)).then(() => {
    if (!disposables.disposed) for (let i = 0; i < workers; i++) void work(options, queue, causes);
  });
  return {
    queue,
    wake: (key, cause) => wake(typeof key === "string" ? key : keyOf(key), cause),
    [Symbol.dispose]: () => disposables[Symbol.dispose](),
  };
}

async function work(options: ReconcilerOptions, queue: WorkQueue, causes: WakeCauses): Promise<void> {
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    await runOnce(options, queue, causes, key);
    queue.done(key);
  }
}

async function runOnce(options: ReconcilerOptions, queue: WorkQueue, causes: WakeCauses, key: string): Promise<void> {
  const cause = causes.take(key);
  const { name, log, clock, client, informers, reconcile } = options;
  const ledger = new WriteLedger(informers);
  try {
    const result = await reconcile(key, { client: createClient(client.transport, { cause, observer: ledger }), cause });
    queue.forget(key);
    if (result) {
      causes.delayed(key, cause);
      queue.addAfter(key, result.requeueAfter);
    }
  } catch (error) {
    const routine = hasReason(error, "Conflict") || hasReason(error, "AlreadyExists") || hasReason(error, "NotFound");
    log[routine ? "debug" : "warn"]("reconcile failed", { name, key, error: String(error), retries: queue.retries(key) });
    causes.failed(key, cause);
    queue.addRateLimited(key);
  }
  if (!(await ledger.settled(client, clock))) log.warn("writes did not come back by watch", { name, key });
}
