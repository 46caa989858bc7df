import { expect, test } from "vitest";
import { Nominations } from "./nominations.ts";
import { pod } from "./testWorld.ts";

const on = (nominatedNodeName?: string) => pod({ name: "p", status: nominatedNodeName ? { nominatedNodeName } : {} });

test.each<[string, (nominations: Nominations) => void, string | undefined]>([
  ["a nomination of ours holds until the API shows it", (all) => (all.set(on(), "a"), all.update(on(), on())), "a"],
  ["what the API shows counts", (all) => all.update(on("b"), on()), "b"],
  ["what the API shows no more is gone", (all) => (all.update(on("b"), on()), all.update(on(), on("b"))), undefined],
  ["a new one takes the place of an earlier one", (all) => (all.set(on(), "a"), all.set(on(), "b")), "b"],
  ["none is none", (all) => (all.set(on(), "a"), all.set(on(), "")), undefined],
  ["a placed pod has none", (all) => (all.set(on(), "a"), all.remove(on())), undefined],
])("%s", (_, happen, expected) => {
  const nominations = new Nominations();
  happen(nominations);
  expect([nominations.nodeOf(on()), nominations.applied(on()).status?.nominatedNodeName]).toEqual([expected, expected]);
  expect(["a", "b"].filter((node) => nominations.on(node).length > 0)).toEqual(expected ? [expected] : []);
});
