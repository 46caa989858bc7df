import { describe, expect, test } from "vitest";
import type { ApiResource } from "./contract.ts";
import { type DeepLink, formatDeepLink, objectOfLink, parseDeepLink } from "./deepLink.ts";

describe("a link", () => {
  test.each<[string, DeepLink]>([
    ["wherry://wherry/default/Deployment/web", { cluster: "wherry", namespace: "default", kind: "Deployment", name: "web" }],
    ["wherry://Prod%2Feu/shop/pods/web-0?tab=logs", { cluster: "Prod/eu", namespace: "shop", kind: "pods", name: "web-0", tab: "logs" }],
    ["wherry://wherry/-/Node/wherry", { cluster: "wherry", kind: "Node", name: "wherry" }],
  ])("%s reads, and writes the same", (text, link) => {
    expect(parseDeepLink(text)).toEqual(link);
    expect(formatDeepLink(link)).toBe(text);
  });

  test.each([
    ["https://wherry/default/Pod/web", "does not begin with wherry://"],
    ["wherry://wherry/default/Pod", "has 3 parts, not 4"],
    ["wherry://wherry/default//web", "has an empty part"],
    ["wherry://wherry/default/Pod/%E0%A4%A", "has a % that encodes nothing"],
    ["wherry://a/b/c/d/e", "has 5 parts, not 4"],
  ])("%s is refused", (text, problem) => {
    expect(() => parseDeepLink(text)).toThrow(problem);
  });
});

describe("the object of a link", () => {
  const resource = (group: string, kind: string, plural: string, namespaced: boolean, shortNames: string[] = []): ApiResource => ({
    group,
    version: "v1",
    resource: plural,
    kind,
    namespaced,
    shortNames,
    verbs: [],
    categories: [],
    subresources: [],
  });
  const resources = [
    resource("", "Event", "events", true),
    resource("events.k8s.io", "Event", "events", true),
    resource("apps", "Deployment", "deployments", true, ["deploy"]),
    resource("", "Node", "nodes", false),
  ];
  const find = (kind: string, namespace?: string) =>
    objectOfLink({ cluster: "wherry", kind, name: "x", ...(namespace ? { namespace } : {}) }, resources);

  test.each([
    ["Deployment", "default", "apps/deployments"],
    ["deploy", "default", "apps/deployments"],
    ["events", "default", "/events"],
    ["events.events.k8s.io", "default", "events.k8s.io/events"],
    ["Node", undefined, "/nodes"],
    ["Node", "default", undefined],
    ["Deployment", undefined, undefined],
    ["Widget", "default", undefined],
  ])("%s in %s", (kind, namespace, expected) => {
    const found = find(kind, namespace);
    expect(found && `${found.group}/${found.resource}`).toBe(expected);
  });
});
