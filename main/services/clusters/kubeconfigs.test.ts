import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../time.ts";
import { currentContext, Kubeconfigs, readContexts } from "./kubeconfigs.ts";

const config = (contexts: string[], server = "https://example:6443", current = contexts[0]): string =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    contexts: contexts.map((name) => ({ name, context: { cluster: "c", user: "u", namespace: "team" } })),
    "current-context": current,
  });

describe("a kubeconfig's contexts", () => {
  it("carry their file, so that same names in two files stay apart", () => {
    expect(readContexts("/a", config(["x"]))).toEqual([
      { id: "context:/a#x", context: "x", file: "/a", server: "https://example:6443", namespace: "team" },
    ]);
    expect(readContexts("/b", config(["x"]))[0]!.id).not.toBe("context:/a#x");
  });

  it.each([
    ["nothing", ""],
    ["no contexts", "apiVersion: v1\nkind: Config\ncontexts: null\n"],
  ])("are none in a file with %s", (_name, text) => {
    expect(readContexts("/a", text)).toEqual([]);
  });

  it("have a current one, or the first", () => {
    expect(currentContext("/a", config(["x", "y"], undefined, "y"))!.context).toBe("y");
    expect(currentContext("/a", config(["x", "y"], undefined, "gone"))!.context).toBe("x");
  });
});

describe("Kubeconfigs", () => {
  const dir = mkdtempSync(join(tmpdir(), "wherry-kubeconfigs-"));
  const [local, other] = [join(dir, "local"), join(dir, "other")];
  let open: Kubeconfigs | undefined;
  afterEach(() => {
    open?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it("follows files that appear and change, and keeps the last good reading of a broken one", async () => {
    let changed = () => {};
    const next = () => new Promise<void>((resolve) => (changed = resolve));
    const kubeconfigs = (open = new Kubeconfigs({ paths: [other], local, clock: systemClock, changed: () => changed() }));
    await kubeconfigs.start();
    expect(kubeconfigs.contexts).toEqual([]);

    let change = next();
    writeFileSync(other, config(["x"]));
    await change;
    change = next();
    writeFileSync(local, config(["wherry"], "https://127.0.0.1:1"));
    await change;
    expect(kubeconfigs.contexts.map(({ id }) => id)).toEqual(["local", `context:${other}#x`]);

    writeFileSync(other, "contexts: {{");
    await kubeconfigs.reload();
    expect(kubeconfigs.contexts).toHaveLength(2);
  });
});
