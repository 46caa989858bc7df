import { describe, expect, it } from "vitest";
import { inCluster, parsePath, pathOf, pathTo, type Place } from "./routes.ts";

const pods = { group: "", version: "v1", resource: "pods" };
const cluster = "context:/home/a b/.kube/config#prod/eu";

const places: Place[] = [
  { screen: "home", cluster: "local" },
  { screen: "home", cluster },
  { screen: "list", cluster, resource: pods },
  { screen: "list", cluster: "local", resource: { group: "apps", version: "v1", resource: "deployments" } },
  { screen: "object", cluster, target: { cluster, object: { ...pods, namespace: "default", name: "web-1" } }, section: "yaml" },
  {
    screen: "object",
    cluster: "local",
    target: { cluster: "local", object: { group: "", version: "v1", resource: "nodes", name: "wherry" } },
    section: "overview",
  },
  { screen: "plan", cluster: "local", plan: "7" },
];

describe("paths", () => {
  it.each(places)("%j survives being written and read", (place) => {
    expect(parsePath(pathOf(place))).toEqual(place);
  });

  it.each(["", "/", "/local/nowhere", "/local/list/x", "/local/object/-/v1"])("%j leads home", (path) => {
    expect(parsePath(path)).toEqual({ screen: "home", cluster: "local" });
  });

  it("another cluster keeps the kind and leaves the object", () => {
    expect(inCluster(places[4]!, "local")).toBe(pathTo.list("local", pods));
  });
});
