import type { CustomResourceDefinition } from "../../../shared/kubernetes/types.ts";
import { rfc3339 } from "../../base/clock.ts";
import type { Strategy } from "../strategy.ts";
import { cleanupFinalizer } from "./definitions.ts";

/** A definition that is deleted stays until its objects are gone. */
export function withCleanup(strategy: Strategy): Strategy {
  return {
    ...strategy,
    beginDeletion(object, _options, { clock }) {
      const definition = object as unknown as CustomResourceDefinition;
      if (definition.metadata.deletionTimestamp) return;
      const now = rfc3339(clock.now());
      definition.metadata.finalizers = [...(definition.metadata.finalizers ?? []), cleanupFinalizer];
      const terminating = {
        type: "Terminating",
        status: "True",
        lastTransitionTime: now,
        reason: "InstanceDeletionPending",
        message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      };
      definition.status = { ...definition.status!, conditions: [...(definition.status?.conditions ?? []), terminating as never] };
    },
  };
}
