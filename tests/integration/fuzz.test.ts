import { expect, test } from "vitest";
import { fuzz } from "../fuzz/run.ts";
import { knownSeeds } from "../fuzz/seeds.ts";

test.each(knownSeeds)("generated requests of seed %i are answered, %i of them, none with a failure of the server", async (seed, count) => {
  const { codes, failures } = await fuzz({ seed, from: 0, count });
  expect(failures.map(({ index, problem }) => `--seed ${seed} --from ${index}: ${problem}`)).toEqual([]);
  // They come through to every layer.
  for (const code of [200, 201, 400, 404, 409, 422]) expect(codes.get(code) ?? 0).toBeGreaterThan(count / 1000);
});
