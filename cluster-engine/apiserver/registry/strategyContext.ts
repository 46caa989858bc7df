import type { KubeObject, ObjectKey } from "../../../shared/kubernetes/object.ts";
import type { ResourceType } from "../../api/resourceType.ts";
import { warn, type ApiCall } from "../request/apiCall.ts";
import type { StrategyContext } from "../strategy.ts";
import type { VerbContext } from "../verbs/verbContext.ts";

/** What strategies and admission get to see for one request. */
export function strategyContext(call: ApiCall, context: VerbContext, dryRun: boolean): StrategyContext {
  const cacheOf = (type: ResourceType) => context.registry.cacheOf(context.registry.find(type)?.storage ?? type);
  return {
    clock: context.clock,
    random: context.random,
    user: call.user,
    dryRun,
    async lookup<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey) {
      return cacheOf(type).get(key.namespace ?? "", key.name)?.object as T | undefined;
    },
    async list<T extends KubeObject>(type: ResourceType<T>, namespace?: string) {
      return cacheOf(type)
        .list(namespace)
        .map((stored) => stored.object as T);
    },
    warn: (text) => warn(call, text),
  };
}
