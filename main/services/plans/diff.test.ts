import { describe, expect, it } from "vitest";
import { createdFields, fieldChanges } from "./diff.ts";

describe("fieldChanges", () => {
  it.each([
    [
      "nothing for what the server writes",
      { metadata: { resourceVersion: "1", managedFields: [1] }, status: { a: 1 } },
      { metadata: { resourceVersion: "2" }, status: { a: 2 } },
      [],
    ],
    ["a leaf", { spec: { replicas: 3 } }, { spec: { replicas: 5 } }, [{ path: "spec.replicas", before: 3, after: 5 }]],
    [
      "what is new, and what is gone",
      { data: { a: "1" } },
      { data: { b: "2" } },
      [
        { path: "data.a", before: "1" },
        { path: "data.b", after: "2" },
      ],
    ],
    [
      "a list item by its name, wherever it stands",
      {
        containers: [
          { name: "a", image: "1" },
          { name: "b", image: "1" },
        ],
      },
      {
        containers: [
          { name: "b", image: "1" },
          { name: "a", image: "2" },
        ],
      },
      [{ path: "containers[name=a].image", before: "1", after: "2" }],
    ],
    [
      "a port by its number",
      { ports: [{ port: 80, targetPort: 1 }] },
      { ports: [{ port: 80, targetPort: 2 }] },
      [{ path: "ports[port=80].targetPort", before: 1, after: 2 }],
    ],
    ["a list of plain values as one", { args: ["a"] }, { args: ["b"] }, [{ path: "args", before: ["a"], after: ["b"] }]],
  ])("shows %s", (_name, before, after, expected) => {
    expect(fieldChanges(before, after)).toEqual(expected);
  });
});

describe("createdFields", () => {
  it("lists every leaf that the object brings", () => {
    expect(createdFields({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "web", args: [] }] } })).toEqual([
      { path: "metadata.name", after: "a" },
      { path: "spec.containers[name=web].name", after: "web" },
      { path: "spec.containers[name=web].args", after: [] },
    ]);
  });
});
