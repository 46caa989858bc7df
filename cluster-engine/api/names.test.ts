import { expect, test } from "vitest";
import * as names from "./names.ts";

const rules = names as unknown as Record<string, (value: string) => string[]>;

const long = "a".repeat(64);
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

test.each([
  ["dns1123Label", "web-1", []],
  ["dns1123Label", "a.b", ["must not contain dots"]],
  ["dns1123Label", "Web", [labelRule]],
  ["dns1123Label", long, ["must be no more than 63 characters"]],
  ["dns1123Subdomain", "a.b-c.d", []],
  ["dns1035Label", "1a", [expect.stringMatching(/^a DNS-1035 label must .* \(e\.g\. 'my-name', {2}or 'abc-123', regex used/)]],
  ["qualifiedName", "example.com/name_1", []],
  ["qualifiedName", "/x", ["prefix part must be non-empty"]],
  [
    "qualifiedName",
    "a/b/c",
    [expect.stringMatching(/^a valid label key must .* with an optional DNS subdomain prefix and '\/' \(e\.g\. 'example\.com\/MyName'\)$/)],
  ],
  ["qualifiedName", long, ["name part must be no more than 63 bytes"]],
  ["labelValueErrors", "", []],
  ["labelValueErrors", "a b", [expect.stringMatching(/^a valid label must be an empty string or consist of alphanumeric/)]],
  ["percent", "25%", []],
  [
    "percent",
    "x%",
    ["a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"],
  ],
  ["configMapKey", "a.b", []],
  ["configMapKey", "..", ["must not be '..'"]],
  ["configMapKey", "..a", ["must not start with '..'"]],
  ["relaxedEnvVarName", "a b", []],
  ["relaxedEnvVarName", "a=b", [expect.stringContaining("printable ASCII")]],
  ["relaxedEnvVarName", "", ["environment variable name must be non-empty"]],
  ["pathSegmentName", "system:node", []],
  ["pathSegmentName", "a/b%", ["may not contain '/'", "may not contain '%'"]],
  ["pathSegmentName", "..", ["may not be '..'"]],
  ["portName", "http", []],
  ["portName", "this-name-is-too-long", ["must be no more than 15 characters"]],
  ["portName", "1--2-", ["must contain at least one letter (a-z)", "must not contain consecutive hyphens", "must not begin or end with a hyphen"]],
  ["wildcardDns1123Subdomain", "*.example.com", []],
  ["dns1123Subdomain", "a\n", [expect.stringContaining("RFC 1123 subdomain")]],
] as [string, string, unknown[]][])("%s of %j", (rule, value, messages) => {
  expect(rules[rule]!(value)).toEqual(messages);
});

test("ports are whole numbers from 1 to 65535", () => {
  expect([1, 65535].flatMap(names.portNumber)).toEqual([]);
  expect([0, 65536, 1.5].map(names.portNumber)).toEqual(Array(3).fill(["must be between 1 and 65535, inclusive"]));
});
