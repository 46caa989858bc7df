import { expect, test } from "vitest";
import type { OfferedDevice } from "./scheduler/devices/deviceView.ts";
import { matchesDevice } from "./deviceSelectors.ts";

const device = {
  driver: "gpu.example.com",
  device: {
    name: "g",
    attributes: { model: { string: "A100" }, "other.example.com/numa": { int: 1 }, ready: { bool: true } },
    capacity: { memory: { value: "40Gi" } },
  },
} as unknown as OfferedDevice;

test.each<[string, boolean]>([
  [`device.driver == "gpu.example.com"`, true],
  [`device.attributes["gpu.example.com"].model == "A100"`, true],
  [`device.attributes["gpu.example.com"].model.startsWith("B")`, false],
  [`device.attributes["other.example.com"].numa > 0 && device.attributes["gpu.example.com"].ready`, true],
  [`device.capacity["gpu.example.com"].memory.compareTo(quantity("20Gi")) >= 0`, true],
  [`device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("80Gi"))`, false],
])("%s", (expression, expected) => expect(matchesDevice(expression, device)).toBe(expected));

test("an attribute that is not there is an error", () =>
  expect(() => matchesDevice(`device.attributes["gpu.example.com"].size > 1`, device)).toThrow("no such key: size"));
