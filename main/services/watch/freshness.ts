import type { ViewMessage } from "../../../shared/contract.ts";
import type { CacheStatus } from "./objectCache.ts";

/** A cache's status as the window shows it; a refusal names the missing right. */
export function freshnessOf(
  status: CacheStatus,
  target: { group: string; resource: string; namespace?: string },
): NonNullable<ViewMessage["freshness"]> {
  const { state, message, at } = status;
  const resource = target.group ? `${target.resource}.${target.group}` : target.resource;
  return {
    state,
    ...(message === undefined ? {} : { message }),
    ...(at === undefined ? {} : { at }),
    ...(state === "forbidden" ? { missing: { verb: "list", resource, ...(target.namespace ? { namespace: target.namespace } : {}) } } : {}),
  };
}
