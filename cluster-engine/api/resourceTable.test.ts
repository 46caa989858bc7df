import { expect, test } from "vitest";
import { messageOf } from "./wire/messages.ts";
import { goFields } from "./goFields.ts";
import { findKind, findResource, resourceTable } from "./resourceTable.ts";
import * as resources from "./resources.ts";
import { allSchemas, schemaId, schemaOf } from "./schemas.ts";

test("resources are found by name and by kind, with their subresources and storage", () => {
  const deployments = findResource({ group: "apps", version: "v1", resource: "deployments" });
  expect(deployments).toBe(findKind({ group: "apps", version: "v1", kind: "Deployment" }));
  expect(deployments).toMatchObject({ namespaced: true, singular: "deployment", shortNames: ["deploy"], categories: ["all"] });
  expect(deployments!.subresources).toContainEqual({
    name: "scale",
    kind: { group: "autoscaling", version: "v1", kind: "Scale" },
    verbs: ["get", "patch", "update"],
  });
  expect(findResource({ group: "events.k8s.io", version: "v1", resource: "events" })!.storage).toEqual({
    group: "",
    version: "v1",
    resource: "events",
  });
});

test("every resource in code is one of discovery", () => {
  for (const { group, version, resource, kind, namespaced } of Object.values(resources))
    expect(findResource({ group, version, resource })).toMatchObject({ kind, namespaced });
});

test("every stored kind has a schema, fields and a message", () => {
  for (const type of resourceTable.filter(({ verbs }) => verbs.includes("create"))) {
    const schema = schemaOf(type);
    expect(schema, type.kind).toBeDefined();
    expect(goFields(schema!), type.kind).toBeDefined();
    expect(messageOf(schemaId(schema!)!), type.kind).toBeDefined();
  }
});

test("the written order of fields names each field of a schema once", () => {
  for (const schema of Object.values(allSchemas())) {
    const fields = goFields(schema);
    if (fields) expect(fields.map(({ name }) => name).sort()).toEqual(Object.keys(schema.properties ?? {}).sort());
  }
});
