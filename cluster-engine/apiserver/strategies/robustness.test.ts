import { expect, test } from "vitest";
import type { KubeObject } from "../../../shared/kubernetes/object.ts";
import { DecodeError } from "../../api/decode.ts";
import { StatusError } from "../../api/statusError.ts";
import { seededRandom } from "../../base/random.ts";
import cases from "./testdata/createdObjects.json" with { type: "json" };
import { Writes, type CreateRequest } from "./writes.testing.ts";

const rounds = 6;
/** In ms; busy machines take a while. */
const patience = 60_000;
const random = seededRandom(7);
const upTo = (limit: number): number => Math.floor(random.next() * limit);

/** Every place inside an object, as the holder and its key. */
function places(value: unknown, found: [Record<string, unknown>, string][] = []): [Record<string, unknown>, string][] {
  if (typeof value !== "object" || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    if (!["apiVersion", "kind"].includes(key)) found.push([value as Record<string, unknown>, key]);
    places(inner, found);
  }
  return found;
}

/** The object with something missing, emptied or doubled. */
function damaged(object: KubeObject): KubeObject {
  const copy = structuredClone(object);
  const all = places(copy);
  for (let i = 0; i <= upTo(3); i++) {
    const [holder, key] = all[upTo(all.length)]!;
    const value = holder[key];
    const kind = upTo(4);
    if (kind === 0 && !Array.isArray(holder)) delete holder[key];
    else if (Array.isArray(value)) holder[key] = kind === 1 ? [] : [...(value as unknown[]), ...(value as unknown[])];
    else if (typeof value === "object") holder[key] = {};
    else if (typeof value === "string") holder[key] = kind === 1 ? "" : `${value}!`;
    else if (typeof value === "number") holder[key] = kind === 1 ? 0 : -value;
  }
  return copy;
}

/** What went wrong inside, if anything did; refusals are right. */
async function failureOf(write: Promise<unknown>): Promise<string | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError || (error instanceof StatusError && error.code < 500)) return undefined;
    return error instanceof Error ? error.stack?.split("\n").slice(0, 7).join("\n") : String(error);
  }
}

/** Writes each golden object in many damaged forms. */
async function failuresOf(
  write: (writes: Writes, request: CreateRequest) => Promise<unknown>,
  prepare: (writes: Writes, request: CreateRequest) => Promise<unknown>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const { setup, request } of cases as unknown as { setup: CreateRequest[]; request: CreateRequest }[]) {
    const writes = new Writes();
    for (const earlier of setup) await writes.create(earlier).catch(() => undefined);
    await prepare(writes, request);
    for (let round = 0; round < rounds; round++) {
      const failure = await failureOf(write(writes, request));
      if (failure) failures.push(`${request.path} ${failure}`);
    }
  }
  return failures;
}

test("damaged new objects are refused, not stumbled over", { timeout: patience }, async () => {
  expect(
    await failuresOf(
      (writes, { path, body }) => writes.create({ path, body: damaged(body) }),
      async () => {},
    ),
  ).toEqual([]);
});

test("damaged changes are as well", { timeout: patience }, async () => {
  const create = (writes: Writes, request: CreateRequest) => writes.create(request).catch(() => undefined);
  const update = (writes: Writes, { path, body }: CreateRequest) => {
    const key = `${path}/${body.metadata?.name ?? ""}`;
    if (!writes.has(key)) return Promise.resolve();
    const doors = ["", ...writes.subresourcesOf(key)];
    return writes.update(key, (object) => replace(object, damaged(object)), doors[upTo(doors.length)]);
  };
  expect(await failuresOf(update, create)).toEqual([]);
});

function replace(object: KubeObject, by: KubeObject): void {
  const { name, namespace } = object.metadata;
  const key = { name, ...(namespace ? { namespace } : {}) };
  for (const key of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[key];
  // The name is compared with that of the path before.
  Object.assign(object, by, { metadata: { ...by.metadata, ...key } });
}
