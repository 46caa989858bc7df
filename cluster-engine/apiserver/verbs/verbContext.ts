import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { ServedResource } from "../registry/servedResource.ts";
import type { ResourceRegistry } from "../registry/resourceRegistry.ts";
import type { ApiCall } from "../request/apiCall.ts";
import type { Answer } from "../request/answer.ts";
import type { WatchCaches } from "../storage/watchCaches.ts";
import type { AdmissionPlugin } from "../admission/types.ts";
import type { Journal } from "../journal/journal.ts";
import type { Authorizer } from "../authorization/attributes.ts";
import type { ServerContext } from "../serverContext.ts";

/** What the verbs work with. */
export interface VerbContext {
  caches: WatchCaches;
  registry: ResourceRegistry;
  admission: readonly AdmissionPlugin[];
  authorize: Authorizer;
  journal: Journal;
  clock: Clock;
  random: Random;
  log: Log;
}

export type Verb = (call: ApiCall, resource: ServedResource, context: ServerContext) => Answer | Promise<Answer>;
