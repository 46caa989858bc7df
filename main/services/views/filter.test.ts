import { describe, expect, it } from "vitest";
import { fieldTest, textTest } from "./filter.ts";
import { parseLabelSelector } from "./labelSelector.ts";

describe("text filters", () => {
  it.each([
    ["", "anything", true],
    ["web", "my-WEB-1", true],
    ["web !test", "web-1", true],
    ["web !test", "web-test", false],
    ["/^web-\\d$/", "web-1", true],
    ["/^web-\\d$/", "web-x", false],
    ["!/^web/", "web-1", false],
    ["/web(/", "a /web(/ b", true],
    ["web", "redis", false],
  ])("%j on %j: %s", (filter, shown, expected) => {
    expect(textTest(filter)(shown)).toBe(expected);
  });
});

describe("label selectors", () => {
  const labels = { app: "web", tier: "front" };
  it.each([
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app!=web", false],
    ["missing!=web", true],
    ["app in (web, api),tier", true],
    ["app notin (web)", false],
    ["!legacy", true],
    ["!app", false],
    ["", true],
  ])("%j: %s", (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it("names the part that it cannot read", () => {
    expect(() => parseLabelSelector("app=web,=x")).toThrow('cannot read "=x"');
  });
});

describe("field selectors", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" },
    spec: { nodeName: "n1" },
  };
  it.each([
    ["spec.nodeName=n1", true],
    ["spec.nodeName!=n1", false],
    ["metadata.namespace=default,metadata.name==a", true],
    ["status.phase=Running", false],
    ["status.phase=", true],
  ])("%j: %s", (selector, expected) => {
    expect(fieldTest(selector)(pod)).toBe(expected);
  });
});
