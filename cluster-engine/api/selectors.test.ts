import { expect, test } from "vitest";
import { formatLabelSelector, labelSelectorMatcher, labelSetMatcher, parseFieldSelector, parseLabelSelector, selectorText } from "./selectors.ts";

test.each([
  ["", { a: "b" }, true],
  ["a=b", { a: "b" }, true],
  ["a==b", { a: "c" }, false],
  ["a!=b", {}, true],
  ["a!=b", { a: "b" }, false],
  ["a", { a: "" }, true],
  ["!a", { a: "" }, false],
  ["! a", {}, true],
  ["a in (b, c)", { a: "c" }, true],
  ["a in (b,c)", {}, false],
  ["a notin (b)", {}, true],
  ["a notin (b)", { a: "b" }, false],
  ["a in ()", { a: "" }, true],
  ["a in (,b)", { a: "" }, true],
  ["a=", { a: "" }, true],
  ["a=,b", { a: "", b: "" }, true],
  ["a>5", { a: "6" }, true],
  ["a<5", { a: "6" }, false],
  ["a>5", { a: "x" }, false],
  ["x.io/a=b,c", { "x.io/a": "b", c: "1" }, true],
  ["in=in", { in: "in" }, true],
  ["toString", {}, false],
])("%j on %j: %s", (text, labels, matches) => {
  expect(parseLabelSelector(text)(labels as Record<string, string>)).toBe(matches);
});

test.each([
  ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
  ["a=b,", "found '', expected: identifier after ','"],
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["=a", "found '=', expected: !, identifier, or 'end of string'"],
  ["a=b c", "found 'c', expected: ',' or 'end of string'"],
  ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  ["a>x", `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`],
  ["-a=b", "name part must consist of alphanumeric characters"],
])("%j is refused as Kubernetes refuses it", (text, message) => {
  expect(() => parseLabelSelector(text)).toThrow(
    expect.objectContaining({ code: 400, reason: "BadRequest", message: expect.stringContaining(message) as string }),
  );
});

test("a LabelSelector matches by labels and expressions; none matches nothing, an empty one everything", () => {
  const matches = labelSelectorMatcher({
    matchLabels: { a: "b" },
    matchExpressions: [
      { key: "c", operator: "In", values: ["d"] },
      { key: "e", operator: "DoesNotExist" },
    ],
  });
  expect([matches({ a: "b", c: "d" }), matches({ a: "b", c: "d", e: "" }), matches(undefined)]).toEqual([true, false, false]);
  expect([labelSelectorMatcher(undefined)({}), labelSelectorMatcher({})(undefined), labelSetMatcher(undefined)({ a: "b" })]).toEqual([
    false,
    true,
    true,
  ]);
  expect(() => labelSelectorMatcher({ matchExpressions: [{ key: "a", operator: "Has" }] })).toThrow('"Has" is not a valid label selector operator');
});

test.each([
  [undefined, "<none>"],
  [{}, "<none>"],
  [{ matchLabels: { b: "2", a: "1" } }, "a=1,b=2"],
  [
    {
      matchExpressions: [
        { key: "t", operator: "NotIn", values: ["b", "a"] },
        { key: "s", operator: "Exists" },
        { key: "u", operator: "DoesNotExist" },
      ],
    },
    "s,t notin (a,b),!u",
  ],
  [{ matchExpressions: [{ key: "t", operator: "Odd" }] }, "<error>"],
])("%j prints as %s", (selector, text) => {
  expect(formatLabelSelector(selector)).toBe(text);
});

test("the text of a selector, parsed again, selects the same", () => {
  const selector = { matchLabels: { a: "1" }, matchExpressions: [{ key: "t", operator: "In", values: ["x", "y"] }] };
  const [direct, parsed] = [labelSelectorMatcher(selector), parseLabelSelector(selectorText(selector))];
  const cases: Record<string, string>[] = [{}, { a: "1" }, { a: "1", t: "x" }, { a: "2", t: "y" }];
  for (const labels of cases) expect(parsed(labels)).toBe(direct(labels));
});

test("field selectors split at commas and operators that are not escaped", () => {
  expect(parseFieldSelector("spec.nodeName=n1,status.phase!=Running,metadata.name==a\\,b\\=c\\\\")).toEqual([
    { field: "metadata.name", operator: "=", value: "a,b=c\\" },
    { field: "spec.nodeName", operator: "=", value: "n1" },
    { field: "status.phase", operator: "!=", value: "Running" },
  ]);
  expect(() => parseFieldSelector("nonsense")).toThrow("invalid selector: 'nonsense'; can't understand 'nonsense'");
  expect(() => parseFieldSelector("a=b\\c")).toThrow("invalid field selector: invalid escape sequence: \\c");
});
