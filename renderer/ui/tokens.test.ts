import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");
const surfaces = ["background", "card", "sidebar", "hover", "selected"];
const statuses = ["running", "pending", "failed", "succeeded", "unknown", "terminating"];
const diffs = ["diff-added", "diff-removed", "diff-changed"];

function tokensOf(theme: "light" | "dark"): Map<string, string> {
  const block = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return new Map([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]));
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}

/** [what is drawn, what it is drawn on, least contrast] */
const pairs: [string, string, number][] = [
  ...[...surfaces, ...diffs].flatMap((on): [string, string, number][] => [
    ["foreground", on, 4.5],
    ["muted-foreground", on, 4.5],
  ]),
  ...surfaces.map((on): [string, string, number] => ["link", on, 4.5]),
  ["primary-foreground", "primary", 4.5],
  ["destructive-foreground", "destructive", 4.5],
  ...["background", "card", "sidebar"].flatMap((on): [string, string, number][] => [
    ["input", on, 3],
    ["ring", on, 3],
  ]),
  ...statuses.flatMap((status) =>
    [...surfaces, `${status}-tint`].flatMap((on): [string, string, number][] => [
      [status, on, 4.5],
      [`${status}-icon`, on, 3],
    ]),
  ),
  ...Array.from({ length: 8 }, (_, index) => `series-${index + 1}`).flatMap((series) =>
    ["background", "card", "sidebar"].map((on): [string, string, number] => [series, on, 4.5]),
  ),
];

describe.each(["light", "dark"] as const)("tokens of the %s theme", (theme) => {
  const tokens = tokensOf(theme);
  it.each(pairs)("%s on %s has a contrast of at least %f", (drawn, on, least) => {
    expect(tokens.get(drawn), drawn).toBeDefined();
    expect(tokens.get(on), on).toBeDefined();
    expect(contrast(tokens.get(drawn)!, tokens.get(on)!)).toBeGreaterThanOrEqual(least);
  });
});

it("both themes define the same tokens", () => {
  expect([...tokensOf("dark").keys()].toSorted()).toEqual([...tokensOf("light").keys()].toSorted());
});
