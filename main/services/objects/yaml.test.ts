import { expect, it } from "vitest";
import { parseManifests } from "../plans/parse.ts";
import { readableYaml } from "./yaml.ts";

it("writes what is read back as the same", () => {
  const data = { yes: "yes", date: "2026-01-01", time: "22:22", octal: "0644", null: "null", text: "a: b\nc" };
  const object = {
    metadata: { name: "on", namespace: "n", uid: "1", resourceVersion: "2", creationTimestamp: "2026-01-01T00:00:00Z" },
    data,
    apiVersion: "v1",
    kind: "ConfigMap",
  };
  const text = readableYaml(object);
  expect(text).toMatch(/^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: "on"\n/);
  expect(parseManifests({ name: "", text })[0]!.body).toEqual(object);
});
