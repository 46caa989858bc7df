import { describe, expect, test } from "vitest";
import { storeContract } from "./contract.ts";
import { MemoryStore } from "./memory.ts";

describe("memory store", () => {
  storeContract(async () => new MemoryStore());

  test("when a commit fails, it and all that was ordered after it are refused, and the store goes on", async () => {
    let fail = true;
    const store = new MemoryStore({
      beforeCommit() {
        if (fail) throw new Error("disk on fire");
      },
    });
    const write = (key: string, expected: number) => store.write({ key, type: "put", expected, encode: (revision) => Buffer.from(String(revision)) });
    const first = write("/a", 0);
    await Promise.resolve();
    const results = await Promise.allSettled([first, write("/a", 1), write("/b", 0)]);
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected", "rejected"]);
    expect([store.revision, await store.count("/")]).toEqual([0, 0]);
    fail = false;
    expect(await write("/a", 0)).toMatchObject({ modRevision: 1 });
  });
});
