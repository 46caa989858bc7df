import type { Answer } from "../request/answer.ts";
import type { ApiCall } from "../request/apiCall.ts";
import { cachable } from "./etag.ts";
import type { DiscoveredGroup } from "./groups.ts";

/** The version of apidiscovery.k8s.io that the client wants; undefined when it takes none. */
export function aggregatedVersion(call: ApiCall): "v2" | "v2beta1" | undefined {
  for (const clause of (call.header("accept") ?? "").split(",")) {
    const parts = clause.split(";").map((part) => part.trim());
    if (parts[0] !== "application/json" || !parts.includes("g=apidiscovery.k8s.io") || !parts.includes("as=APIGroupDiscoveryList")) continue;
    if (parts.includes("v=v2")) return "v2";
    if (parts.includes("v=v2beta1")) return "v2beta1";
  }
  return undefined;
}

/** All resources of all groups in one document. */
export function aggregated(call: ApiCall, version: "v2" | "v2beta1", items: DiscoveredGroup[]): Answer {
  const body = JSON.stringify({ kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items });
  return cachable(call, `${body}\n`, `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
}
