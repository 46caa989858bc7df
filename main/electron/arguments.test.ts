import { expect, test } from "vitest";
import { openingsOf, ownArguments } from "./arguments.ts";

const exists = (path: string) => !path.includes("missing");

test.each([
  [["web.yaml", "/tmp/all"], [{ paths: ["/home/me/web.yaml", "/tmp/all"] }]],
  [["--no-sandbox", "--data-dir=/tmp/x"], []],
  [["missing.yaml"], []],
  [
    ["wherry://wherry/default/Pod/web", "a.yml"],
    [{ link: "wherry://wherry/default/Pod/web" }, { paths: ["/home/me/a.yml"] }],
  ],
])("%j", (argv, expected) => {
  expect(openingsOf(argv, "/home/me", exists)).toEqual(expected);
});

test.each([
  [["/usr/bin/wherry", "--flag", "a.yaml"], false, ["--flag", "a.yaml"]],
  [["electron", "--flag", "/src/wherry", "a.yaml"], true, ["--flag", "a.yaml"]],
  [["electron", "."], true, []],
])("%j from a folder: %s", (argv, fromFolder, expected) => {
  expect(ownArguments(argv, fromFolder)).toEqual(expected);
});
