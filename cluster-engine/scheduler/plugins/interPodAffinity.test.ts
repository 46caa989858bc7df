import { describe, expect, test } from "vitest";
import type { PodAffinityTerm, PodSpec } from "../../../shared/kubernetes/types.ts";
import { Namespaces } from "../../api/resources.ts";
import { refusalMessage } from "../decide.ts";
import { node, type NodeWithPods, object, pod, type PodShape, testScheduler } from "../testWorld.ts";

const zone = "topology.kubernetes.io/zone";
const term = (app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: zone,
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const apart = (...terms: PodAffinityTerm[]): Partial<PodSpec> => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const prefers = (kind: "podAffinity" | "podAntiAffinity", weight: number, podAffinityTerm: PodAffinityTerm): Partial<PodSpec> => ({
  affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }] } },
});

const app = (name: string, more: PodShape = {}): PodShape => ({ labels: { app: name }, ...more });
const inZone = (name: string, value: string, pods: PodShape[] = []): NodeWithPods => node(name, { labels: { [zone]: value }, pods });
const team = object(Namespaces, { metadata: { name: "team", labels: { owner: "us" } } });

const place = (shape: PodShape, nodes: NodeWithPods[], ignore = false) => {
  const pluginConfig = [{ name: "InterPodAffinity", args: { ignorePreferredTermsOfExistingPods: ignore } }];
  const decision = testScheduler(nodes, [team], { profiles: [{ pluginConfig }] }).decide(pod(shape));
  return decision.node?.name ?? refusalMessage(decision);
};
const none = (reason: string, nodes = 1) => `0/${nodes} nodes are available: ${nodes} ${reason}.`;

describe("required terms", () => {
  test.each<[string, PodShape, NodeWithPods[], string]>([
    ["bring a pod into the zone of another", { spec: near(term("db")) }, [inZone("a", "x"), inZone("b1", "y", [app("db")]), inZone("b2", "y")], "b2"],
    [
      "must all be met by one pod",
      { spec: near(term("db"), term("db", { labelSelector: { matchLabels: { tier: "1" } } })) },
      [inZone("a", "x", [app("db"), { labels: { tier: "1" } }])],
      none("node(s) didn't match pod affinity rules"),
    ],
    ["let the first of a kind go anywhere", app("web", { spec: near(term("web")) }), [inZone("a", "x")], "a"],
    ["but not where the key is missing", app("web", { spec: near(term("web")) }), [node("a")], none("node(s) didn't match pod affinity rules")],
    [
      "keep a pod out of the zone of another",
      { spec: apart(term("db")) },
      [inZone("a1", "x", [app("db")]), inZone("a2", "x"), inZone("b", "y")],
      "b",
    ],
    [
      "are told when no zone is left",
      { spec: apart(term("db")) },
      [inZone("a", "x", [app("db")])],
      none("node(s) didn't match pod anti-affinity rules"),
    ],
    ["of a placed pod keep others away", app("web"), [inZone("a", "x", [{ spec: apart(term("web")) }]), inZone("b", "y")], "b"],
    [
      "are about the pod's own namespace",
      { spec: near(term("db")) },
      [inZone("a", "x", [app("db", { namespace: "team" })])],
      none("node(s) didn't match pod affinity rules"),
    ],
    ["name namespaces", { spec: near(term("db", { namespaces: ["team"] })) }, [inZone("a", "x", [app("db", { namespace: "team" })])], "a"],
    [
      "choose namespaces by label",
      { spec: near(term("db", { namespaceSelector: { matchLabels: { owner: "us" } } })) },
      [inZone("a", "x", [app("db", { namespace: "team" })])],
      "a",
    ],
    [
      "choose all namespaces",
      { spec: apart(term("db", { namespaceSelector: {} })) },
      [inZone("a", "x", [app("db", { namespace: "team" })]), inZone("b", "y")],
      "b",
    ],
    [
      "of a placed pod choose namespaces too",
      app("web", { namespace: "team" }),
      [inZone("a", "x", [{ spec: apart(term("web", { namespaceSelector: { matchLabels: { owner: "us" } } })) }]), inZone("b", "y")],
      "b",
    ],
  ])("%s", (_, shape, nodes, expected) => expect(place(shape, nodes)).toBe(expected));
});

describe("preferred terms", () => {
  // The other node is better by its image alone.
  const image = "web:1";
  const zones = (pods: PodShape[]) => [{ ...inZone("with", "x", pods) }, node("without", { labels: { [zone]: "y" }, images: [image] })];
  const away = (pods: PodShape[]) => [node("with", { labels: { [zone]: "x" }, pods, images: [image] }), inZone("without", "y")];
  test.each<[string, PodShape, NodeWithPods[], string]>([
    ["pull a pod to others", { spec: prefers("podAffinity", 100, term("db")) }, zones([app("db")]), "with"],
    ["push a pod from others", { spec: prefers("podAntiAffinity", 100, term("db")) }, away([app("db")]), "without"],
    ["of placed pods pull", app("web"), zones([{ spec: prefers("podAffinity", 100, term("web")) }]), "with"],
    ["of placed pods push", app("web"), away([{ spec: prefers("podAntiAffinity", 100, term("web")) }]), "without"],
    ["of placed pods that are required pull", app("web"), zones([app("web", { spec: near(term("web")) })]), "with"],
  ])("%s", (_, shape, nodes, expected) => expect(place(shape, nodes)).toBe(expected));

  test("of placed pods may be ignored", () =>
    expect(place(app("web"), away([{ spec: prefers("podAntiAffinity", 100, term("web")) }]), true)).toBe("with"));
});
