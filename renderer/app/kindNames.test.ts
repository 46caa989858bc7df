import { describe, expect, it } from "vitest";
import { pluralOf } from "./kindNames.ts";

describe("plurals of kinds", () => {
  it.each([
    ["Pod", "Pods"],
    ["Ingress", "Ingresses"],
    ["NetworkPolicy", "NetworkPolicies"],
    ["StorageClass", "StorageClasses"],
    ["Endpoints", "Endpoints"],
    ["Gateway", "Gateways"],
    ["ComponentStatus", "ComponentStatuses"],
  ])("%s: %s", (kind, plural) => expect(pluralOf(kind)).toBe(plural));
});
