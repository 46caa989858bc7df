import { describe, expect, it } from "vitest";
import type { ApiResource } from "../../shared/contract.ts";
import { sidebarSections } from "./sidebarSections.ts";

const resource = (group: string, name: string, kind: string, verbs = ["list", "watch"]): ApiResource => ({
  group,
  version: "v1",
  resource: name,
  kind,
  namespaced: true,
  verbs,
  shortNames: [],
  categories: [],
  subresources: [],
});
const idsOf = (resources: ApiResource[]) =>
  sidebarSections(resources).map((section) => `${section.id}: ${section.resources.map((each) => each.resource).join(" ")}`);

describe("the sections of the sidebar", () => {
  it("before discovery answered are the usual ones", () => {
    expect(idsOf([])[1]).toContain("pods deployments");
  });

  it("hold all that can be listed and watched, and nothing that the cluster does not offer", () => {
    expect(
      idsOf([
        resource("", "pods", "Pod"),
        resource("", "bindings", "Binding", ["create"]),
        resource("wherry.dev", "journal", "JournalEntry", ["get", "list"]),
        resource("node.k8s.io", "runtimeclasses", "RuntimeClass"),
        resource("example.com", "widgets", "Widget"),
        resource("", "events", "Event"),
        resource("events.k8s.io", "events", "Event"),
      ]),
    ).toEqual(["cluster: events", "workloads: pods", "other: runtimeclasses", "custom: widgets"]);
  });
});
