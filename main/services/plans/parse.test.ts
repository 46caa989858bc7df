import { describe, expect, it } from "vitest";
import { parseManifests, parsePath } from "./parse.ts";

const read = (text: string) => parseManifests({ name: "a.yaml", text });

describe("parseManifests", () => {
  it("splits documents, opens Lists, and skips what is empty", () => {
    const text = "---\n# only a comment\n---\nkind: A\n---\nkind: List\nitems:\n- kind: B\n- kind: C\n---\n";
    expect(read(text).map(({ body, source }) => [body?.["kind"], source.line])).toEqual([
      ["A", 4],
      ["B", 8],
      ["C", 9],
    ]);
  });

  it("reads JSON too", () => {
    expect(read('{"kind": "A",\n "spec": {"a": 1}}')[0]).toMatchObject({ body: { kind: "A", spec: { a: 1 } }, source: { line: 1 } });
  });

  it.each([
    ["yes is true", "a: yes", true],
    ["a quoted yes is text", 'a: "yes"', "yes"],
    ["an octal mode", "a: 0644", 420],
    ["a date stays text", "a: 2026-01-01", "2026-01-01"],
    ["minutes and seconds stay text", "a: 22:22", "22:22"],
  ])("YAML as Kubernetes has it: %s", (_name, text, value) => {
    expect(read(text)[0]!.body!["a"]).toBe(value);
  });

  it.each([
    ["a tab as indent", "kind: A\nspec:\n\ta: 1\n", 3],
    ["a key twice", "kind: A\nkind: B\n", 2],
    ["an unclosed brace", "kind: A\nspec: {a: 1\n", 2],
  ])("tells the line of %s", (_name, text, line) => {
    const [manifest] = read(text);
    expect(manifest!.body).toBeUndefined();
    expect(manifest!.errors[0]!.line).toBeGreaterThanOrEqual(line);
    expect(manifest!.errors[0]!.line).toBeLessThanOrEqual(line + 1);
  });

  it.each([
    ["an alias without an anchor", "a: &x {b: 1}\nc: *x\nd: *y\n", 3, /alias.*: y/],
    ["a wrong indent", "kind: A\nmetadata:\n  name: a\n data: {}\n", 4, /column/],
    ["a tab, in the second document", "kind: A\n---\n\tkind: B\n", 3, /Tabs/],
    ["a text that never ends", 'kind: A\nname: "unclosed\nb: 1\n', 4, /quote/],
    ["a list instead of an object", "kind: A\n---\n- a\n", 3, /must be a map .*, not a list/],
    ["text instead of an object", "just text\n", 1, /must be a map .*, not a string/],
    ["an item of a List that is no object", "kind: List\nitems:\n- {kind: A}\n- 3\n", 4, /must be a map .*, not a number/],
  ])("tells where %s is", (_name, text, line, message) => {
    const bad = read(text).filter(({ body }) => !body);
    expect(bad).toMatchObject([{ source: { line }, errors: [{ line, message: expect.stringMatching(message) as string }] }]);
  });

  it("keeps the objects beside a document that is broken", () => {
    expect(read("kind: A\n---\nb: [\n---\nkind: C\n").map(({ body }) => body?.["kind"])).toEqual(["A", undefined, "C"]);
  });

  it("opens anchors and merge keys", () => {
    expect(read("base: &base {a: 1}\nkind: A\nspec: {<<: *base, b: 2}\n")[0]!.body).toEqual({ base: { a: 1 }, kind: "A", spec: { a: 1, b: 2 } });
  });

  it("refuses a bomb of aliases", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcdefg"[i]}`).join(",")}]`),
    ].join("\n");
    expect(read(bomb)[0]!.errors).toHaveLength(1);
  });

  it("finds the line of a field, or of the closest parent", () => {
    const [manifest] = read("kind: A\nspec:\n  containers:\n  - name: web\n    image: x\n  - name: log\n    image: y\n");
    expect([
      manifest!.lineOf("spec.containers[1].image"),
      manifest!.lineOf('spec.containers[name="web"].image'),
      manifest!.lineOf("spec.containers[0].ports[2].name"),
      manifest!.lineOf("status"),
    ]).toEqual([7, 5, 4, 1]);
  });
});

describe("parsePath", () => {
  it("takes names, indexes and keys apart", () => {
    expect(parsePath("spec.containers[0].env[name=A].value")).toEqual(["spec", "containers", 0, "env", "name=A", "value"]);
  });
});

describe("the line of a field", () => {
  const text =
    "kind: A\nspec:\n  selector:\n    matchLabels: {app: a}\n  containers:\n  - name: web\n    image: x\n  - name: side\n    ports:\n    - containerPort: 1\n";
  it.each([
    ["a plain value", "kind", 1],
    ["a map is where its name stands, not its first entry", "spec.selector", 3],
    ["a list is where its name stands", "spec.containers", 5],
    ["an item by its index", "spec.containers[1]", 8],
    ["a field of an item by its key", 'spec.containers[name="side"].ports', 9],
    ["what is not there is at its closest parent", "spec.containers[0].imagee.more", 6],
    ["what has no parent is at the object", "status", 1],
  ])("%s", (_name, field, line) => {
    expect(parseManifests({ name: "f", text })[0]!.lineOf(field)).toBe(line);
  });

  it("counts from the start of the file, in Lists too", () => {
    const list = "kind: A\n---\nkind: List\nitems:\n- kind: B\n- kind: C\n  spec: {}\n";
    const [, , third] = parseManifests({ name: "f", text: list });
    expect([third!.source.line, third!.lineOf("spec")]).toEqual([6, 7]);
  });
});
