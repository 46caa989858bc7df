import { expect, test } from "vitest";
import { lifeScriptOf } from "./lifeScript.ts";

const annotated = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([key, text]) => [key.includes("/") ? key : `simulated.wherry.dev/${key}`, text]));

test("annotations tell how a container lives", () => {
  const script = lifeScriptOf(
    annotated({ "start-delay": "2s", "ready-after": "5s", "exit-after": "1m", "exit-code": "3", log: "1s up\nevery 5s GET / 200\n" }),
    "web",
  );
  expect(script).toEqual({
    startDelayMs: 2_000,
    readyAfterMs: 5_000,
    exitAfterMs: 60_000,
    exitCode: 3,
    log: [
      { text: "up", afterMs: 1_000 },
      { text: "GET / 200", afterMs: 5_000, everyMs: 5_000 },
    ],
  });
});

test("what names a container holds for it alone, before what is said of all", () => {
  const annotations = annotated({ "web.simulated.wherry.dev/exit-code": "7", "exit-code": "2", "other/annotation": "x" });
  expect(["web", "sidecar"].map((name) => lifeScriptOf(annotations, name)?.exitCode)).toEqual([7, 2]);
  expect(lifeScriptOf({ "other/annotation": "x" }, "web")).toBeUndefined();
});

test.each([
  [{ speed: "1" }, /simulated\.wherry\.dev\/speed: there is no such setting/],
  [{ "ready-after": "soon" }, /simulated\.wherry\.dev\/ready-after: "soon" is no duration/],
  [{ "exit-code": "256" }, /no exit code/],
  [{ log: "every 0s x" }, /would never end/],
])("%j is refused", (settings, message) => {
  expect(() => lifeScriptOf(annotated(settings as Record<string, string>), "web")).toThrow(message);
});
