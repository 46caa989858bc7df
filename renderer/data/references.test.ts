import { describe, expect, it } from "vitest";
import type { ObjectRef } from "../../shared/contract.ts";
import { builtIn, kubectlGet, kubectlList } from "./references.ts";

const pod = (name: string, namespace = "default"): ObjectRef => ({ group: "", version: "v1", resource: "pods", namespace, name });

describe("copying as kubectl", () => {
  it.each([
    [[pod("web-1")], {}, "kubectl get pods web-1 -n default"],
    [[pod("a"), pod("b")], {}, "kubectl get pods a b -n default"],
    [[pod("a"), pod("b", "other")], {}, "kubectl get pods a -n default\nkubectl get pods b -n other"],
    [
      [{ group: "apps", version: "v1", resource: "deployments", namespace: "shop", name: "web" }],
      { output: "yaml" },
      "kubectl get deployments.apps web -n shop -o yaml",
    ],
    [[{ group: "", version: "v1", resource: "nodes", name: "wherry" }], { context: "my cluster" }, "kubectl --context 'my cluster' get nodes wherry"],
  ] as const)("%j %j", (objects, options, line) => {
    expect(kubectlGet(objects as readonly ObjectRef[], options)).toBe(line);
  });

  it("a list names its namespace and selector", () => {
    expect(kubectlList(builtIn("", "pods"), ["shop"], "app=web,tier in (a,b)")).toBe("kubectl get pods -n shop -l 'app=web,tier in (a,b)'");
    expect(kubectlList(builtIn("apps", "deployments"), [], "")).toBe("kubectl get deployments.apps -A");
  });
});
