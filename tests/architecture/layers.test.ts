import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

// Walls that project references alone can't keep.

const root = fileURLToPath(new URL("../..", import.meta.url));

function sources(folder: string): string[] {
  const files = (readdirSync(join(root, folder), { recursive: true }) as string[]).filter(
    (path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$|\.d\.ts$/.test(path),
  );
  return files.map((path) => join(folder, path));
}

/** `file:line` of each line that matches. */
function offenders(files: string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) ? [`${relative(".", file)}:${index + 1}`] : [])),
  );
}

const engine = sources("cluster-engine");

describe("walls", () => {
  test("time and chance come only from base/", () => {
    const outside = engine.filter((file) => !file.startsWith("cluster-engine/base/"));
    expect(offenders(outside, /\bDate\.now\(|\bMath\.random\(|(?<![.\w#])setTimeout\(|(?<![.\w#])setInterval\(|\bperformance\.now\(/)).toEqual([]);
  });

  test("only main/electron imports electron", () => {
    const outside = [
      ...engine,
      ...sources("shared"),
      ...sources("renderer"),
      ...sources("main").filter((file) => !/^main\/(electron|setup)\//.test(file)),
    ];
    expect(offenders(outside, /from "electron"|require\("electron"\)/)).toEqual([]);
  });

  test("the window and the contract use no Node", () => {
    const files = [...sources("shared"), ...sources("renderer")].filter((file) => !file.endsWith("vite.config.ts"));
    expect(offenders(files, /from "node:/)).toEqual([]);
  });

  test("the engine does not know services or the window", () => {
    expect(offenders(engine, /from "(\.\.\/)+(main|renderer)\//)).toEqual([]);
  });

  test("services reach clusters only as any client does", () => {
    expect(offenders(sources("main/services"), /from "(\.\.\/)+cluster-engine\//)).toEqual([]);
  });
});
