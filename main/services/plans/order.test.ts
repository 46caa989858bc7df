import { describe, expect, it } from "vitest";
import { inApplyOrder } from "./order.ts";

const cases: [string, string[], string[]][] = [
  ["a namespace comes before what lives in it", ["Deployment", "ConfigMap", "Namespace"], ["Namespace", "ConfigMap", "Deployment"]],
  ["a definition comes before its objects", ["Boat", "CustomResourceDefinition"], ["CustomResourceDefinition", "Boat"]],
  ["Services come before the pods that find them by variables", ["Deployment", "Service", "Pod"], ["Service", "Deployment", "Pod"]],
  [
    "claims come after volumes and before pods",
    ["StatefulSet", "PersistentVolumeClaim", "PersistentVolume"],
    ["PersistentVolume", "PersistentVolumeClaim", "StatefulSet"],
  ],
  ["bindings come after roles and accounts", ["RoleBinding", "Role", "ServiceAccount"], ["Role", "ServiceAccount", "RoleBinding"]],
  ["kinds of one rank stay as they were written", ["Job", "Deployment", "DaemonSet"], ["Job", "Deployment", "DaemonSet"]],
  ["unknown kinds come last, as they were written", ["B", "A", "Ingress"], ["Ingress", "B", "A"]],
];

describe("inApplyOrder", () => {
  it.each(cases)("%s", (_name, given, ordered) => {
    const items = given.map((kind) => ({ kind }));
    expect(inApplyOrder(items).map(({ kind }) => kind)).toEqual(ordered);
    expect(items.map(({ kind }) => kind)).toEqual(given);
  });
});
