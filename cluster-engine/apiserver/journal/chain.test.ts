import { describe, expect, test } from "vitest";
import { chainFrom, rootOf } from "./chain.ts";
import { componentOf } from "./component.ts";
import type { JournalEntry } from "./types.ts";

const write = (revision: number, ms: number, causes: number[] = []): JournalEntry => ({
  time: new Date(ms).toISOString(),
  revision,
  verb: "update",
  group: "",
  resource: "pods",
  name: "web",
  user: "someone",
  userAgent: "test",
  ...(causes.length ? { cause: { object: "pods/web", resourceVersion: String(causes[0]), also: causes.slice(1).map(String) } } : {}),
});

/** 1 ← 2 ← 4 ← 6; 3 is of someone else's own will, 5 came of both. */
const entries = [write(1, 1000), write(2, 1005, [1]), write(3, 1007), write(4, 1010, [2]), write(5, 1020, [3, 2]), write(6, 1030, [4])];

const told = (roots: number[], limit = 100) => {
  const { links, truncated } = chainFrom(entries, new Set(roots), limit);
  return { links: links.map(({ entry, at, depth, by }) => [entry.revision, at, depth, by]), truncated };
};

describe("chainFrom", () => {
  test("is everything that a write brought about, with when, how far and by what", () => {
    expect(told([1])).toEqual({
      links: [
        [1, 0, 0, undefined],
        [2, 5, 1, 1],
        [4, 10, 2, 2],
        [5, 20, 2, 2],
        [6, 30, 3, 4],
      ],
      truncated: false,
    });
  });

  test("begins with any write", () =>
    expect(told([4]).links).toEqual([
      [4, 0, 0, undefined],
      [6, 20, 1, 4],
    ]));

  test("of several writes is one", () => expect(told([3, 4]).links.map(([revision]) => revision)).toEqual([3, 4, 5, 6]));

  test("is cut at the limit, and says so", () => {
    expect(told([1], 2)).toMatchObject({
      truncated: true,
      links: [[1], [2]].map(([revision]) => [revision, expect.anything(), expect.anything(), revision === 1 ? undefined : 1]),
    });
    expect(told([6], 1).truncated).toBe(false);
  });

  test("of a write that is not known is empty", () => expect(told([99])).toEqual({ links: [], truncated: false }));
  test("of nothing is empty", () => expect(told([])).toEqual({ links: [], truncated: false }));
});

describe("rootOf", () => {
  test.each([
    [6, 1],
    [5, 3],
    [1, 1],
  ])("of %i is %i", (revision, root) =>
    expect(
      rootOf(
        entries,
        entries.find((one) => one.revision === revision)!,
      ).revision,
    ).toBe(root),
  );

  test("stops where the journal begins", () => expect(rootOf(entries.slice(3), entries[5]!).revision).toBe(4));

  test("a cause that would come later is none", () => {
    const odd = [write(1, 0, [2]), write(2, 0, [1])];
    expect(rootOf(odd, odd[1]!).revision).toBe(1);
  });
});

test.each([
  ["kubernetes-admin", "kubectl/v1.36.3 (linux/amd64) kubernetes/abc", "kubectl"],
  ["system:node:wherry", "kubelet", "kubelet"],
  ["system:serviceaccount:kube-system:deployment-controller", "kube-controller-manager/deployment-controller", "deployment-controller"],
  ["system:serviceaccount:kube-system:deployment-controller", "kube-controller-manager/v1.36.3 (linux/amd64)", "deployment-controller"],
  ["system:kube-controller-manager", "kube-controller-manager", "kube-controller-manager"],
  ["bob", "", ""],
])("the component of %s with %s is %s", (user, userAgent, component) => expect(componentOf({ user, userAgent })).toBe(component));
