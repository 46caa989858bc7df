import { describe, expect, it } from "vitest";
import { parseManifests, parsePath } from "./parse.ts";

const read = (text: string) => parseManifests({ name: "a.yaml", text });

describe("parseManifests", () => {
  it("splits documents, opens Lists, and skips what is empty", () => {
    const text = "---\n# only a comment\n---\nkind: A\n---\nkind: List\nitems:\n- kind: B\n- kind: C\n---\n";
    expect(read(text).map(({ body, source }) => [body?.["kind"], source.line])).toEqual([["A", 4], ["B", 8], ["C", 9]]);
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

  it("refuses a bomb of aliases", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]", ..."bcdefgh".split("").map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcdefg"[i]}`).join(",")}]`)].join("\n");
    expect(read(bomb)[0]!.errors).toHaveLength(1);
  });

  it("finds the line of a field, or of the closest parent", () => {
    const [manifest] = read("kind: A\nspec:\n  containers:\n  - name: web\n    image: x\n  - name: log\n    image: y\n");
    expect([manifest!.lineOf("spec.containers[1].image"), manifest!.lineOf('spec.containers[name="web"].image'), manifest!.lineOf("spec.containers[0].ports[2].name"), manifest!.lineOf("status")]).toEqual([7, 5, 4, 1]);
  });
});

describe("parsePath", () => {
  it("takes names, indexes and keys apart", () => {
    expect(parsePath("spec.containers[0].env[name=A].value")).toEqual(["spec", "containers", 0, "env", "name=A", "value"]);
  });
});
