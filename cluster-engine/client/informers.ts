import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { ResourceType } from "../api/resourceType.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { CacheInformer } from "./informer.ts";
import { runReflector } from "./reflector.ts";
import type { Client, Informer, Informers } from "./types.ts";

export interface InformersOptions {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
}

interface Running {
  informer: CacheInformer<KubeObject>;
  reflector: Disposable;
}

/** Informers over one client: each starts when it is first asked for, and is shared from then on. */
export function createInformers({ client, clock, random, log }: InformersOptions): Informers {
  const running = new Map<string, Running>();
  const start = (type: ResourceType): Running => {
    const informer = new CacheInformer<KubeObject>(type, log);
    const reflector = runReflector({ transport: client.transport, type, sink: informer, clock, random, log });
    return { informer, reflector };
  };
  return {
    of<T extends KubeObject>(type: ResourceType<T>) {
      const id = idOf(type);
      let entry = running.get(id);
      if (!entry) running.set(id, (entry = start(type)));
      return entry.informer as unknown as Informer<T>;
    },
    existing: <T extends KubeObject>(type: ResourceType<T>) => running.get(idOf(type))?.informer as unknown as Informer<T> | undefined,
    forget(type) {
      running.get(idOf(type))?.reflector[Symbol.dispose]();
      running.delete(idOf(type));
    },
    [Symbol.dispose]() {
      for (const { reflector } of running.values()) reflector[Symbol.dispose]();
      running.clear();
    },
  };
}

const idOf = (type: ResourceType): string => `${type.group}/${type.version}/${type.resource}`;
