import { describe, expect, test } from "vitest";
import type { JSONSchemaProps } from "../../../shared/kubernetes/types.ts";
import { fieldErrorMessage } from "../../api/validationErrors.ts";
import { schemaOf } from "../../api/schemas.ts";
import { compilationProblem } from "./check.ts";
import { leastCost } from "./cost.ts";
import { evaluate, scopeOf } from "./evaluate.ts";
import { fromJson } from "./fromJson.ts";
import { parse } from "./parser.ts";
import { validateRules } from "./rules.ts";
import { CelSyntaxError } from "./tokens.ts";

const self = { name: "web", size: 3, ratio: 0.5, tags: ["a", "b"], labels: { app: "x", "a.b": "y" }, none: null, namespace: "n" };
const run = (text: string) => evaluate(parse(text), scopeOf({ self: fromJson(self, undefined) }));

describe("expressions that hold", () => {
  test.each([
    "self.size == 3 && self.size != 4",
    "self.size > 2 ? true : 1 / 0 == 1",
    "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && -7 / 2 == -3 && -7 % 2 == -1",
    "2 == 2.0 && 1u + 2u == 3u && 1 < 1.5",
    "0x10 == 16 && 1e3 == 1000.0",
    "'a' + \"b\" == '''ab''' && r'\\d' == '\\\\d' && '\\u0041' == 'A'",
    "has(self.name) && !has(self.nothing) && has(self.__namespace__)",
    "self.labels['a.b'] == 'y' && 'app' in self.labels && !('b' in self.labels)",
    "self.tags.all(t, t.size() == 1) && self.tags.exists(t, t == 'b') && self.tags.exists_one(t, t > 'a')",
    "self.tags.map(t, t + t) == ['aa', 'bb'] && self.tags.filter(t, t != 'a') == ['b'] && self.tags.map(t, t != 'a', t) == ['b']",
    "self.labels.all(k, k.startsWith('a')) && self.labels.exists(k, v, v == 'y') && self.tags.all(i, t, i < 2)",
    "self.tags.transformList(i, t, string(i) + t) == ['0a', '1b']",
    "{'a': 1, 'b': [2]}['b'][0] == 2 && [1, 2] + [3] == [1, 2, 3] && 2 in [1, 2]",
    "self.none == null && self.ratio < 1.0 && type(self.size) == int",
    "self.?nothing.orValue(7) == 7 && self.?name.hasValue() && self.labels[?'zz'] == optional.none()",
    "self.?size.optMap(s, s * 2).value() == 6",
    "1 / 0 == 1 || true",
    "!(false && 1 / 0 == 1)",
    "'abc'.matches('^a.c$') && 'abc'.contains('b') && 'a,b'.split(',') == ['a', 'b'] && ['x', 'y'].join('-') == 'x-y'",
    "'Hello'.lowerAscii() == 'hello' && 'abcd'.substring(1, 3) == 'bc' && ' a '.trim() == 'a' && 'aXbX'.replace('X', '-', 1) == 'a-bX'",
    "'abcb'.indexOf('b') == 1 && 'abcb'.lastIndexOf('b') == 3 && 'ab'.charAt(1) == 'b' && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
    "'%s is %d'.format(['x', 3]) == 'x is 3'",
    "size('日本') == 2 && [1, 3, 2].max() == 3 && [1, 2].sum() == 3 && ['a', 'b'].isSorted()",
    "duration('1h30m') > duration('89m') && duration('90s').getMinutes() == 1",
    "timestamp('2024-02-03T04:05:06Z') + duration('1s') == timestamp('2024-02-03T04:05:07Z') && timestamp('2024-02-03T04:05:06Z').getFullYear() == 2024",
    "quantity('1Gi').isGreaterThan(quantity('500Mi')) && isQuantity('1.5') && !isQuantity('1,5') && quantity('2').add(1).asInteger() == 3",
    "isURL('https://a.example:8443/b?c=d') && url('https://a.example:8443/b').getPort() == '8443' && url('https://[::1]/').getHostname() == '::1'",
    "isIP('::1') && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP('11.0.0.1')",
    "!format.dns1123Label().validate('ok').hasValue() && format.dns1123Label().validate('Not_ok').hasValue()",
    "cel.bind(x, self.size, x + x) == 6 && math.greatest(1, 5, 2) == 5 && sets.contains([1, 2], [2])",
    "int('7') == 7 && string(1.5) == '1.5' && double('2.5') == 2.5 && bool('true') && b'ab' == bytes('ab')",
    "// a remark\n self.size == 3",
  ])("%s", (text) => {
    expect(run(text)).toBe(true);
  });
});

describe("expressions that fail", () => {
  test.each([
    ["self.nothing", "no such key: nothing"],
    ["self.tags[5]", "index out of bounds: 5"],
    ["1 / 0", "division by zero"],
    ["9223372036854775807 + 1", "integer overflow"],
    ["'a' + 1", "no such overload"],
    ["self.tags.all(t, t.size() > self.nothing)", "no such key: nothing"],
    ["optional.none().value()", "optional.none() dereference"],
  ])("%s", (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  test.each(["self.", "a b", "(1", "[1, 2", "'open", "1 +", "a ? b", "{1 2}", "#"])("%s is no expression", (text) => {
    expect(() => parse(text)).toThrow(CelSyntaxError);
  });
});

test("endless work is given up", () => {
  const numbers = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
  const loops = ["a", "b", "c", "d", "e", "f", "g", "h"].reduce((body, name) => `${numbers}.all(${name}, ${body})`, "true");
  expect(() => run(loops)).toThrow("actual cost limit exceeded");
});

test("the cost of nested loops", () => {
  const list = (more: JSONSchemaProps): JSONSchemaProps => ({
    type: "object",
    properties: { a: { type: "array", items: { type: "string" }, ...more } },
  });
  const rule = "self.a.all(x, self.a.all(y, x != y))";
  expect(leastCost(rule, list({}), 1)).toBeGreaterThan(1e12);
  expect(leastCost(rule, list({ maxItems: 10 }), 5)).toBe(500);
  expect(leastCost("self.a.size() > 1", list({}), 1)).toBe(1);
});

describe("compilation", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      a: { type: "integer" },
      list: { type: "array", items: { type: "object", properties: { b: { type: "string" } } } },
      any: { "x-kubernetes-preserve-unknown-fields": true },
    },
  };
  const problem = (text: string) => compilationProblem(text, { self: schema });

  test("unknown fields and names are pointed at", () => {
    expect(problem("self.b > 1")).toBe("compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 1\n | ....^");
    expect(problem("other > 1")).toBe(
      "compilation failed: ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other > 1\n | ^",
    );
    expect(problem("self.list.all(x, x.c == '')")).toContain("undefined field 'c'");
  });

  test("what is not known is let through", () => {
    expect(problem("self.a > 1 && self.list.all(x, x.b == '') && self.any.thing == 1")).toBeUndefined();
  });
});

describe("rules of a schema", () => {
  const messages = (schema: JSONSchemaProps, object: object, old?: object) =>
    validateRules(schema, object, old, []).map((error) => `${error.field}: ${fieldErrorMessage(error)}`);
  const integer = { type: "integer" };

  test("stand where they are", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: {
        spec: { type: "object", properties: { items: { type: "array", items: { ...integer, "x-kubernetes-validations": [{ rule: "self < 3" }] } } } },
      },
    };
    expect(messages(schema, { spec: { items: [1, 5] } })).toEqual(["spec.items[1]: Invalid value: 5: failed rule: self < 3"]);
  });

  test("about changes wait for one", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: { size: { ...integer, "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "only grows" }] } },
    };
    expect(messages(schema, { size: 1 })).toEqual([]);
    expect(messages(schema, { size: 1 }, { size: 2 })).toEqual(["size: Invalid value: 1: only grows"]);
  });

  test("find items of lists by their keys", () => {
    const item: JSONSchemaProps = {
      type: "object",
      properties: { name: { type: "string" }, size: integer },
      "x-kubernetes-validations": [{ rule: "self.size == oldSelf.size" }],
    };
    const schema: JSONSchemaProps = {
      type: "object",
      properties: { list: { type: "array", items: item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] } },
    };
    const old = {
      list: [
        { name: "a", size: 1 },
        { name: "b", size: 2 },
      ],
    };
    expect(
      messages(
        schema,
        {
          list: [
            { name: "b", size: 2 },
            { name: "a", size: 1 },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(messages(schema, { list: [{ name: "b", size: 1 }] }, old)).toHaveLength(1);
  });

  test("let old faults be while nothing touches them", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: { size: { ...integer, "x-kubernetes-validations": [{ rule: "self < 3" }] }, other: integer },
    };
    expect(messages(schema, { size: 5, other: 2 }, { size: 5, other: 1 })).toEqual([]);
    expect(messages(schema, { size: 6 }, { size: 5 })).toHaveLength(1);
  });

  test("that use what is missing here are passed over", () => {
    expect(messages({ type: "object", "x-kubernetes-validations": [{ rule: "semver('1.0.0').major() == 2" }] }, {})).toEqual([]);
  });

  test("wait until the object fits its schema", () => {
    const schema: JSONSchemaProps = { type: "object", "x-kubernetes-validations": [{ rule: "self.a == 1" }] };
    expect(validateRules(schema, {}, undefined, [{ type: "Required", field: "a" }])).toMatchObject([{ field: "<nil>" }]);
  });
});

describe("operations on known types", () => {
  const deployment = schemaOf({ group: "apps", version: "v1", kind: "Deployment" }) as JSONSchemaProps;
  const problem = (text: string) => compilationProblem(text, { object: deployment });

  test.each([
    ["object.spec.replicas > '1'", "found no matching overload for '_>_' applied to '(int, string)'"],
    ["'got ' + object.spec.replicas", "found no matching overload for '_+_' applied to '(string, int)'"],
    ["object.spec.paused && object.metadata.name", "found no matching overload for '_&&_' applied to '(bool, string)'"],
    ["object.spec.template.spec.containers.all(c, c.image == 1)", "found no matching overload for '_==_' applied to '(string, int)'"],
    ["object.spec.template.spec.container", "undefined field 'container'"],
  ])("%s is pointed at", (text, message) => {
    expect(problem(text)).toContain(message);
  });

  test.each([
    "object.spec.replicas > 1 && object.spec.replicas < 2.5",
    "object.metadata.creationTimestamp > timestamp('2026-01-01T00:00:00Z')",
    "object.spec.strategy.rollingUpdate.maxSurge == '25%' || object.spec.strategy.rollingUpdate.maxSurge == 1",
    "object.spec.template.spec.containers[0].resources.requests['cpu'] == '1'",
    "(object.spec.paused ? 1 : 'one') == 1",
    "object.metadata.labels.app + '-x' in ['web-x']",
  ])("%s is let through", (text) => {
    expect(problem(text)).toBeUndefined();
  });
});
