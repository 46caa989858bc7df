import { describe, expect, test } from "vitest";
import { isAddressTaken, PodAddresses } from "./podAddresses.ts";

const addresses = (cidr = "10.244.3.0/24") => {
  const made = new PodAddresses();
  made.setRange(cidr);
  return made;
};

describe("addresses of pods", () => {
  test("begin after the gateway and go on in turn: one that is freed is not reused at once", () => {
    const given = addresses();
    expect([given.take("a"), given.take("b")]).toEqual(["10.244.3.2", "10.244.3.3"]);
    given.release("a");
    expect(given.take("c")).toBe("10.244.3.4");
  });

  test("never collide with those in use", () => {
    const given = addresses();
    given.occupy("10.244.3.2", "adopted");
    expect(given.take("a")).toBe("10.244.3.3");
  });

  test("come round, and end", () => {
    const given = addresses("10.244.3.0/29");
    const all = Array.from({ length: 5 }, (_, index) => given.take(`pod-${index}`));
    expect(all).toEqual([2, 3, 4, 5, 6].map((last) => `10.244.3.${last}`));
    expect(() => given.take("late")).toThrow("no IP addresses available");
    given.release("pod-1");
    expect(given.take("late")).toBe("10.244.3.3");
  });

  test("wait for the node's range", () => {
    expect(() => new PodAddresses().take("a")).toThrow("the node has no podCIDR yet");
  });
});

test.each([
  ["Address already in use", true],
  ["Bind for 127.0.0.1:8080 failed: port is already allocated", false],
  ["listen tcp4 127.0.0.1:8080: bind: address already in use", false],
])("the engine's `%s` means that the pod's address is taken: %s", (message, taken) => {
  expect(isAddressTaken(message)).toBe(taken);
});
