import fc from "fast-check";
import { expect, test } from "vitest";
import { add, canonicalQuantity, compare, parseQuantity } from "./quantity.ts";

test.each([
  ["100m", "100m"],
  ["0.1", "100m"],
  [0.5, "500m"],
  ["1.5Gi", "1536Mi"],
  ["1025Mi", "1025Mi"],
  ["1000", "1k"],
  ["1024", "1024"],
  ["1Ki", "1Ki"],
  ["0.1Ki", "102400m"],
  ["0.5Ki", "512"],
  ["1000k", "1M"],
  ["100000m", "100"],
  ["2e3", "2e3"],
  ["1E3", "1E3"],
  ["12e6", "12e6"],
  ["5E", "5E"],
  ["1024Ki", "1Mi"],
  ["0", "0"],
  ["00.0", "0"],
  ["-0", "0"],
  ["-1.5", "-1500m"],
  [".5", "500m"],
  ["1.", "1."],
  ["1.500", "1.500"],
  ["+2", "+2"],
  ["0012", "0012"],
  ["Ti", "0"],
  ["0.000000000001", "1n"],
  ["1.00000000001", "1000000001n"],
  ["9999999Ei", "9223372036854775807"],
  [1e21, "1e21"],
])("%s is written %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

test.each([
  ["", wrongFormat],
  ["a", wrongFormat],
  ["1a", wrongFormat],
  ["1.2.3", wrongFormat],
  ["1 Gi", wrongFormat],
  ["--1", "unable to parse quantity's suffix"],
  ["1Gii", "unable to parse quantity's suffix"],
  ["1e", "unable to parse quantity's suffix"],
  ["1 ", wrongFormat],
  ["Ei", "unable to parse numeric part of quantity"],
  ["1e999999999", "unable to parse quantity's suffix"],
  ["1iK", "unable to parse quantity's suffix"],
])("%j is refused", (text, message) => {
  expect(() => parseQuantity(text)).toThrow(message);
});

test("values come in the unit that is asked for, rounded up", () => {
  expect(parseQuantity("1.5").milli()).toBe(1500);
  expect(parseQuantity("1500u").milli()).toBe(2);
  expect(parseQuantity("1500m").bytes()).toBe(2);
  expect(parseQuantity("-1500m").bytes()).toBe(-2);
  expect(parseQuantity("1Gi").bytes()).toBe(2 ** 30);
  expect(parseQuantity("250m").toNumber()).toBe(0.25);
});

test("sums keep the format of what they start from", () => {
  expect(String(add(parseQuantity("1Gi"), parseQuantity("512M")))).toBe("1548576Ki");
  expect(String(add(parseQuantity("512Mi"), parseQuantity("512Mi")))).toBe("1Gi");
  expect(String(add(parseQuantity("0"), parseQuantity("1Gi")))).toBe("1Gi");
  expect(String(parseQuantity("1").subtract(parseQuantity("1100m")))).toBe("-100m");
});

test("comparison is by value, not by text", () => {
  expect([
    compare(parseQuantity("1"), parseQuantity("1000m")),
    compare(parseQuantity("1G"), parseQuantity("1Gi")),
    compare(parseQuantity("-1"), parseQuantity("-2")),
  ]).toEqual([0, -1, 1]);
});

test("the canonical text means the same and is its own canonical text", () => {
  const suffixes = ["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e2", "E-3"];
  const quantity = fc
    .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.nat({ max: 999 }), fc.constantFrom(...suffixes))
    .map(([whole, fraction, suffix]) => `${whole}.${fraction}${suffix}`);
  fc.assert(
    fc.property(quantity, (text) => {
      const canonical = canonicalQuantity(text);
      return compare(parseQuantity(text), parseQuantity(canonical)) === 0 && canonicalQuantity(canonical) === canonical;
    }),
  );
});
