import { expect, test } from "vitest";
import { openingsOf } from "./arguments.ts";

const kinds: Record<string, "file" | "folder"> = {
  "/home/me/web.yaml": "file",
  "/home/me/a.YML": "file",
  "/home/me/loader.js": "file",
  "/tmp/all": "folder",
  "/src/wherry": "folder",
};
const context = { cwd: "/home/me", appPath: "/src/wherry", kindOf: (path: string) => kinds[path] };

test.each([
  [["wherry", "web.yaml", "/tmp/all"], [{ paths: ["/home/me/web.yaml", "/tmp/all"] }]],
  [["wherry", "--no-sandbox", "--data-dir=/tmp/x"], []],
  [["wherry", "missing.yaml"], []],
  [["electron", "-r", "loader.js", "/src/wherry", "web.yaml"], [{ paths: ["/home/me/web.yaml"] }]],
  [
    ["wherry", "wherry://wherry/default/Pod/web", "a.YML"],
    [{ link: "wherry://wherry/default/Pod/web" }, { paths: ["/home/me/a.YML"] }],
  ],
])("%j", (argv, expected) => {
  expect(openingsOf(argv, context)).toEqual(expected);
});
