import { mkdtemp, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock, systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { Journal } from "./journal.ts";
import { JournalFile, type JournalFileOptions } from "./journalFile.ts";
import type { JournalEntry } from "./types.ts";

const entry = (revision: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  time: "2026-01-01T00:00:00.000Z",
  revision,
  verb: "update",
  group: "",
  resource: "pods",
  namespace: "default",
  name: "web",
  user: "kubernetes-admin",
  userAgent: "kubectl/v1.36.3 (linux/amd64)",
  ...more,
});

const revisions = (entries: readonly JournalEntry[]) => entries.map(({ revision }) => revision);

describe("in memory", () => {
  test("entries are in the order of their revisions, however their writes ended", async () => {
    const journal = new Journal();
    for (const revision of [1, 3, 2, 6, 5, 4]) journal.record(entry(revision));
    expect(revisions(await journal.all())).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("the number of entries is bounded: the oldest go", async () => {
    const journal = new Journal({ maxEntries: 100 });
    for (let revision = 1; revision <= 1000; revision++) {
      journal.record(entry(revision));
      expect((await journal.all()).length).toBeLessThanOrEqual(100);
    }
    expect(revisions(await journal.all())).toEqual(Array.from({ length: 100 }, (_, index) => 901 + index));
  });

  test("their bytes are bounded", async () => {
    const size = JSON.stringify(entry(100)).length;
    const journal = new Journal({ maxBytes: 10 * size });
    for (let revision = 100; revision < 200; revision++) journal.record(entry(revision));
    expect(revisions(await journal.all())).toEqual([190, 191, 192, 193, 194, 195, 196, 197, 198, 199]);
  });

  test.each([
    [{ name: "web" }, [1, 2]],
    [{ resource: "deployments", group: "apps" }, [3]],
    [{ group: "" }, [1, 2, 4]],
    [{ component: "kubelet" }, [2]],
    [{ user: "kubernetes-admin", after: 1 }, [3, 4]],
    [{ limit: 2 }, [3, 4]],
    [{ namespace: "" }, [4]],
  ])("find %o", async (query, found) => {
    const journal = new Journal();
    journal.record(entry(1));
    journal.record(entry(2, { user: "system:node:wherry", userAgent: "kubelet" }));
    journal.record(entry(3, { group: "apps", resource: "deployments", name: "shop" }));
    journal.record(entry(4, { namespace: undefined, resource: "nodes", name: "wherry" }));
    expect(revisions(await journal.find(query))).toEqual(found);
  });
});

describe("on disk", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "journal-"))));
  afterEach(() => rm(folder, { recursive: true }));

  const run = async (revision: number, written: number[], options: Partial<JournalFileOptions> = {}) => {
    const journal = new Journal({ file: new JournalFile({ folder, revision, clock: systemClock, log: silentLog, ...options }) });
    for (const each of written) journal.record(entry(each));
    const seen = revisions(await journal.all());
    await journal.close();
    return seen;
  };

  test("what earlier runs wrote is there, in order", async () => {
    expect(await run(0, [1, 2])).toEqual([1, 2]);
    expect(await run(2, [3])).toEqual([1, 2, 3]);
    expect(await run(3, [])).toEqual([1, 2, 3]);
  });

  test("its files are for their owner alone", async () => {
    await run(0, [1]);
    const [name] = await readdir(folder);
    expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600);
  });

  test("lines go to the disk a moment after they were written, all at once", async () => {
    const clock = new FakeClock();
    const file = new JournalFile({ folder, revision: 0, clock, log: silentLog });
    file.append("1");
    file.append("2");
    await clock.step(249);
    expect(await readdir(folder)).toEqual([]);
    await clock.step(1);
    await file.close();
    expect(await readFile(join(folder, "000001.jsonl"), "utf8")).toBe('{"after":0}\n1\n2\n');
  });

  test("what an older copy of the store never saw is forgotten, for good", async () => {
    await run(0, [1, 2, 3, 4]);
    expect(await run(2, [3])).toEqual([1, 2, 3]);
    expect(await run(3, [4, 5])).toEqual([1, 2, 3, 4, 5]);
  });

  test("a line that a crash has cut does no harm", async () => {
    await run(0, [1, 2]);
    const path = join(folder, "000001.jsonl");
    await truncate(path, (await stat(path)).size - 20);
    expect(await run(2, [3])).toEqual([1, 3]);
  });

  test("the disk holds no more than it may: the oldest segments go", async () => {
    const line = JSON.stringify(entry(1000)).length + 1;
    for (let start = 1000; start < 1100; start += 10) {
      await run(
        start,
        Array.from({ length: 10 }, (_, index) => start + index + 1),
        { segmentBytes: 10 * line, kept: 3 },
      );
      const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * 11 * line);
    }
    expect(await run(1100, [], { segmentBytes: 10 * line, kept: 3 })).toEqual(expect.arrayContaining([1091, 1100]));
  });

  test("a folder that can't be written costs the file alone", async () => {
    const file = new JournalFile({ folder: join(folder, "gone"), revision: 0, clock: systemClock, log: silentLog });
    await rm(join(folder, "gone"), { recursive: true });
    const journal = new Journal({ file });
    journal.record(entry(1));
    expect(revisions(await journal.all())).toEqual([1]);
    await journal.close();
  });
});
