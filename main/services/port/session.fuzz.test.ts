import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { requests, streams, type RequestName, type StreamName, type ToWindow } from "../../../shared/contract.ts";
import { FakeClock } from "../fakeClock.ts";
import { Session } from "./session.ts";
import type { Handlers } from "./types.ts";

// Whatever a window sends: each message is handled by the contract or refused with an error, and nothing else happens.

const messages = 100_000;
const batch = 100;
const seed = Number(process.env["WHERRY_FUZZ_SEED"] ?? 20_261);

interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema | boolean;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, Number.NaN, -1, 2 ** 53, "", "../../etc/passwd", "__proto__", "constructor", [], {}),
  fc.constant<unknown>(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, maxDepth: 3 }),
  fc.constant<unknown>("x".repeat(100_000)),
);

/** Values of a schema. */
function valid(schema: JsonSchema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(valid));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object": {
      const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, valid(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] });
    }
    case "array":
      return fc.array(valid(typeof schema.items === "object" ? schema.items : {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case "integer":
      return fc.integer({ min: Math.max(schema.minimum ?? -1000, -(2 ** 31)), max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1) });
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.oneof(fc.constantFrom("local", "default", "web-1"), fc.string({ maxLength: Math.min(schema.maxLength ?? 40, 40) }));
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** The value with one place, chosen by `where`, replaced, removed or added. */
function mutated(value: unknown, where: number, what: unknown): unknown {
  if (typeof value !== "object" || value === null || where % 5 === 0) return what;
  const keys = Object.keys(value);
  const key = keys[where % Math.max(1, keys.length)] ?? "added";
  const next = Math.floor(where / 7);
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? mutated(item, next, what) : item));
  const copy: Record<string, unknown> = { ...value };
  if (where % 11 === 1) delete copy[key];
  else if (where % 11 === 2) copy["added"] = what;
  else copy[key] = mutated(copy[key], next, what);
  return copy;
}

const input = (schema: z.ZodType) => valid(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
const id = fc.integer({ min: 0, max: 8 });

const wellFormed = fc.oneof(
  ...Object.entries(requests).map(([name, { params }]) =>
    fc.record({ type: fc.constant("request"), id, name: fc.constant(name), params: input(params) }),
  ),
  ...Object.entries(streams).map(([name, { params }]) =>
    fc.record({ type: fc.constant("open"), id, name: fc.constant(name), params: input(params), credit: fc.nat(100) }),
  ),
  ...Object.values(streams).map(({ update }) => fc.record({ type: fc.constant("update"), id, update: input(update) })),
  fc.record({ type: fc.constant("credit"), id, credit: fc.nat(2_000_000) }),
  fc.record({ type: fc.constant("close"), id }),
);

const message = fc.oneof(
  { weight: 3, arbitrary: wellFormed },
  { weight: 6, arbitrary: fc.tuple(wellFormed, fc.nat(100_000), odd).map(([value, where, what]) => mutated(value, where, what)) },
  { weight: 1, arbitrary: odd },
);

/** Handlers that take nothing but what the contract allows. */
function strictHandlers() {
  const seen = { requests: 0, opened: 0, updates: 0, violations: [] as string[] };
  const mustFit = (name: string, schema: z.ZodType, value: unknown) => {
    if (!schema.safeParse(value).success) seen.violations.push(name);
  };
  const request = (name: RequestName) => async (params: unknown) => {
    seen.requests++;
    mustFit(name, requests[name].params, params);
    return null;
  };
  const stream = (name: StreamName) => ({
    pace: 0,
    open(params: unknown) {
      seen.opened++;
      mustFit(name, streams[name].params, params);
      return {
        next: () => undefined,
        update(update: unknown) {
          seen.updates++;
          mustFit(name, streams[name].update, update);
        },
        [Symbol.dispose]: () => {},
      };
    },
  });
  const handlers = {
    requests: Object.fromEntries(Object.keys(requests).map((name) => [name, request(name as RequestName)])),
    streams: Object.fromEntries(Object.keys(streams).map((name) => [name, stream(name as StreamName)])),
  } as unknown as Handlers;
  return { handlers, seen };
}

describe("a window's messages", () => {
  it(`are handled or refused, ${messages} of them (seed ${seed})`, { timeout: 240_000 }, async () => {
    const totals = { requests: 0, opened: 0, updates: 0, refused: 0 };
    const conversation = fc.array(message, { minLength: batch, maxLength: batch });
    await fc.assert(
      fc.asyncProperty(conversation, async (sent) => {
        const answers: ToWindow[] = [];
        let deliver: (value: unknown) => void = () => {};
        const { handlers, seen } = strictHandlers();
        new Session(
          { send: (answer) => answers.push(answer), onMessage: (listener) => (deliver = listener), onClose: () => {} },
          handlers,
          new FakeClock(),
          Promise.resolve(),
        );
        for (const one of sent) deliver(one);
        await new Promise((resolve) => setImmediate(resolve));
        expect(seen.violations).toEqual([]);
        // Each request has exactly one answer; each refusal is a code and a sentence of bounded length.
        expect(answers.filter((answer) => answer.type === "answer")).toHaveLength(seen.requests);
        const refusals = answers.flatMap((answer) => ("error" in answer && answer.error ? [answer.error] : []));
        for (const { code, message: text } of refusals) {
          expect(code).toMatch(/^[a-z-]+$/);
          expect(text.length).toBeLessThan(20_000);
        }
        expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
        totals.requests += seen.requests;
        totals.opened += seen.opened;
        totals.updates += seen.updates;
        totals.refused += refusals.length;
      }),
      { seed, numRuns: messages / batch, endOnFailure: true },
    );
    // The generator reaches every path.
    for (const count of Object.values(totals)) expect(count).toBeGreaterThan(messages / 1000);
  });
});
