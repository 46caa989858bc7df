import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { storeContract } from "./contract.ts";
import { LmdbStore } from "./lmdb.ts";

describe("lmdb store", () => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-store-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  let count = 0;
  const path = () => join(dir, `${count}.mdb`);
  storeContract(
    async () => {
      count++;
      return LmdbStore.open({ path: path() });
    },
    async (store) => {
      await store.close();
      return LmdbStore.open({ path: path() });
    },
  );
});
