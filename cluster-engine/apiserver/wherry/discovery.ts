import type { DiscoveredGroup } from "../discovery/groups.ts";
import { group } from "./apiVersion.ts";

const resource = (name: string, kind: string, verbs: string[], singularResource: string, scope = "Namespaced") => ({
  resource: name,
  responseKind: { group: "", version: "", kind },
  scope,
  singularResource,
  verbs,
});

/** What `kubectl get journal` and `kubectl create -f` of a SchedulingReview find. */
export const wherryGroup: DiscoveredGroup = {
  metadata: { name: group },
  versions: [
    {
      version: "v1",
      resources: [
        resource("journal", "JournalEntry", ["get", "list"], "journalentry"),
        resource("podschedulings", "PodScheduling", ["get", "list"], "podscheduling"),
        resource("snapshots", "Snapshot", ["create", "delete", "get", "list"], "snapshot", "Cluster"),
        resource("schedulingreviews", "SchedulingReview", ["create"], "schedulingreview"),
      ],
      freshness: "Current",
    },
  ],
};
