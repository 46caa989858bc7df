import { expect, test } from "vitest";
import { ClusterRoles } from "../api/resources.ts";
import { clusterRoleAggregationController } from "./clusterRoleAggregation.ts";
import { FakeCluster } from "./fakeCluster.ts";

test("an aggregated ClusterRole has the rules of its parts", async () => {
  using cluster = new FakeCluster();
  await cluster.start(clusterRoleAggregationController);
  const rule = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
  cluster.api.put(ClusterRoles, {
    metadata: { name: "all" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "yes" } }] },
    rules: [],
  });
  for (const name of ["b", "a"]) cluster.api.put(ClusterRoles, { metadata: { name, labels: { part: "yes" } }, rules: [rule(name), rule("shared")] });
  cluster.api.put(ClusterRoles, { metadata: { name: "other" }, rules: [rule("other")] });
  await cluster.settle();
  expect(cluster.api.must(ClusterRoles, "all").rules).toEqual([rule("a"), rule("shared"), rule("b")]);
});
