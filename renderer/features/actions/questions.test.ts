import { describe, expect, it } from "vitest";
import type { ObjectRef } from "../../../shared/contract.ts";
import { nameToType, useQuestions } from "./questions.ts";

const object = (resource: string, name: string, group = ""): ObjectRef => ({ group, version: "v1", resource, name });
const pods = (count: number) => Array.from({ length: count }, (_, index) => object("pods", `p${index}`));

describe("what must be typed before a deletion", () => {
  it.each<[string, ObjectRef[], string | undefined, string | undefined]>([
    ["a pod: nothing", pods(1), undefined, undefined],
    ["ten pods: nothing", pods(10), undefined, undefined],
    ["eleven pods: their number", pods(11), undefined, "11"],
    ["a namespace: its name", [object("namespaces", "shop")], undefined, "shop"],
    ["a claim: its name", [object("persistentvolumeclaims", "data")], undefined, "data"],
    ["a CRD: its name", [object("customresourcedefinitions", "x.y", "apiextensions.k8s.io")], undefined, "x.y"],
    ["anything in a protected cluster: the cluster's name", pods(1), "prod", "prod"],
  ])("%s", (_, objects, cluster, expected) => {
    expect(nameToType(objects, cluster)).toBe(expected);
  });
});

it("a second question answers the first with no", async () => {
  const question = { title: "", body: "", action: "", danger: false };
  const first = useQuestions.getState().ask(question);
  const second = useQuestions.getState().ask(question);
  useQuestions.getState().current?.answer(true);
  expect(await first).toBe(false);
  expect(await second).toBe(true);
});
