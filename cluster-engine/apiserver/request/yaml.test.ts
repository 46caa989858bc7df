import { expect, test } from "vitest";
import { parseYaml, toYaml } from "./yaml.ts";

test("YAML 1.1 is read as Kubernetes reads it", () => {
  expect(parseYaml("a: yes\nb: 0644\nc: '0644'\nd: 1e3\ne: ~\n").value).toEqual({ a: true, b: 420, c: "0644", d: 1000, e: null });
});

test("keys that are there twice are told with their line; the last one counts", () => {
  const { value, duplicates } = parseYaml("spec:\n  foo: a\n  bar: b\n  foo: c\n");
  expect(value).toEqual({ spec: { foo: "c", bar: "b" } });
  expect(duplicates).toEqual(['line 4: key "foo" already set in map']);
});

test("malformed YAML is a bad request that says what is wrong", () => {
  expect(() => parseYaml("a: b: c")).toThrow(
    "error decoding YAML: error converting YAML to JSON: yaml: mapping values are not allowed in this context",
  );
  expect(() => parseYaml("a: [1, 2\nb: 3")).toThrow(/^error decoding YAML: error converting YAML to JSON: yaml: line \d+: /);
});

test("YAML is written with fields in order", () => {
  expect(toYaml({ b: ["x"], a: { d: "1", c: true } })).toBe('a:\n  c: true\n  d: "1"\nb:\n- x\n');
});
