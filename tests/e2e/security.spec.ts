import { expect, test } from "@playwright/test";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected } from "../support/window.ts";

// What a page that was taken over could try.

let app: RunningApp;
test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
});
test.afterAll(() => app?.destroy());

test("the window has no Node and runs no code but its own", async () => {
  const found = await app.page.evaluate(async () => {
    const violated: string[] = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => violated.push(effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "globalThis.taken = true";
    document.head.append(script);
    const foreign = document.createElement("script");
    foreign.src = "http://127.0.0.1:1/taken.js";
    document.head.append(foreign);
    const image = new Image();
    image.src = "http://127.0.0.1:1/told?secret";
    document.body.append(image);
    const fetched = await fetch("http://127.0.0.1:1/").then(
      () => "answered",
      () => "refused",
    );
    const frame = document.createElement("iframe");
    frame.src = "http://127.0.0.1:1/";
    document.body.append(frame);
    for (let frames = 0; frames < 100 && new Set(violated).size < 3; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
    for (const added of [script, foreign, image, frame]) added.remove();
    const globals = globalThis as Record<string, unknown>;
    return { taken: globals["taken"], fetched, node: [typeof globals["require"], typeof globals["process"], typeof globals["module"]], violated };
  });
  expect(found).toMatchObject({ fetched: "refused", node: ["undefined", "undefined", "undefined"] });
  expect(found.taken).toBeUndefined();
  for (const directive of ["script-src-elem", "img-src", "connect-src"]) expect(found.violated).toContain(directive);
});

test("it opens nothing, and gets no permission", async () => {
  const found = await app.page.evaluate(async () => {
    const opened = window.open("http://127.0.0.1:1/") === null;
    const permission = (name: string) => navigator.permissions.query({ name: name as PermissionName }).then(({ state }) => state);
    return { opened, states: await Promise.all(["notifications", "geolocation", "camera", "microphone", "clipboard-read"].map(permission)) };
  });
  expect(found).toEqual({ opened: true, states: ["denied", "denied", "denied", "denied", "denied"] });
});

test("the bridge opens web addresses and nothing else", async () => {
  const refusal = await app.page.evaluate(async () => {
    const { wherry } = globalThis as unknown as { wherry: { openExternal(url: string): Promise<void> } };
    return Promise.all(
      ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "x"].map((url) =>
        wherry.openExternal(url).then(
          () => "opened",
          () => "refused",
        ),
      ),
    );
  });
  expect(refusal).toEqual(["refused", "refused", "refused", "refused"]);
});
