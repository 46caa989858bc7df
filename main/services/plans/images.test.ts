import { describe, expect, it } from "vitest";
import type { Node, PodSpec } from "../../../shared/kubernetes/types.ts";
import { imageName, imagesOn, imageWarnings } from "./images.ts";

describe("imageName", () => {
  it.each([
    ["nginx", "nginx:latest"],
    ["docker.io/library/nginx:1", "nginx:1"],
    ["docker.io/acme/web", "acme/web:latest"],
    ["127.0.0.1:5000/web", "127.0.0.1:5000/web:latest"],
    ["web@sha256:1", "web@sha256:1"],
  ])("%s is %s", (image, name) => {
    expect(imageName(image)).toBe(name);
  });
});

const node = (names: string[], runtime = "docker://20.10") =>
  ({ status: { images: names.map((name) => ({ names: [name] })), nodeInfo: { containerRuntimeVersion: runtime } } }) as unknown as Node;
const spec = (image: string, imagePullPolicy?: "Never") => ({ containers: [{ name: "a", image, imagePullPolicy }] }) as PodSpec;

it("knows nothing of simulated nodes, and of nodes that may have more than they report", () => {
  expect(imagesOn([node(["a"], "simulated://1")])).toBeUndefined();
  expect(imagesOn([node(Array.from({ length: 50 }, (_none, i) => `a:${i}`))])).toBeUndefined();
  expect(imagesOn([])).toBeUndefined();
});

it("warns of an image that no node has, and says when it can't come", () => {
  const present = imagesOn([node(["docker.io/library/nginx:1"])])!;
  expect(imageWarnings(spec("nginx:1"), present)).toEqual([]);
  expect(imageWarnings(spec("nginx:2"), present)).toEqual(["image nginx:2 is on no node yet: it will be pulled"]);
  expect(imageWarnings(spec("nginx:2", "Never"), present)[0]).toContain("keeps it from being pulled");
});
