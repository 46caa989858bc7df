import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { fileURLToPath } from "node:url";
import { electronPath } from "../../main/setup/electron.ts";
import { type RunningApp, startApp } from "../support/app.ts";

// What the desktop asks of the app: files and links that other programs open with it.

let app: RunningApp;
const root = fileURLToPath(new URL("../..", import.meta.url));

test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
});
test.afterAll(() => app?.destroy());

/** Starts the app once more, as a double click on a file or link does: the one that runs takes it over. */
function openWithWherry(argument: string, cwd = root): void {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const again = spawnSync(
    electronPath(() => {}),
    [root, ...sandbox, `--data-dir=${app.dataDir}`, argument],
    { cwd, timeout: 20_000 },
  );
  expect(again.status, String(again.stderr)).toBe(0);
}

test("a manifest that is opened with Wherry becomes a plan in the window that is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wherry-open-"));
  writeFileSync(join(folder, "greeting.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: greeting\ndata:\n  text: hello\n");
  openWithWherry("greeting.yaml", folder);
  await expect(app.page.getByText("greeting").first()).toBeVisible();
  await app.page.getByRole("button", { name: /^Apply/ }).click();
  await expect(app.page.getByRole("button", { name: "Undo all" })).toBeVisible();
});

test("a link is opened once its target was shown and agreed to", async () => {
  openWithWherry("wherry://wherry/default/configmaps/greeting?tab=yaml");
  const dialog = app.page.getByRole("dialog");
  await expect(dialog).toContainText("configmaps default/greeting in the cluster Wherry");
  await dialog.getByRole("button", { name: "Open" }).click();
  await expect(app.page.getByRole("main")).toContainText("greeting");
  await expect(app.page.getByRole("tab", { name: "YAML", selected: true })).toBeVisible();
});

for (const [link, problem] of [
  ["wherry://elsewhere/default/pods/web", "There is no cluster named elsewhere here."],
  ["wherry://wherry/default/widgets/web", "The cluster has no kind widgets of that scope."],
  ["wherry://wherry/pods", "has 2 parts, not 4"],
] as const) {
  test(`the link ${link} says why it can't be opened`, async () => {
    openWithWherry(link);
    await expect(app.page.getByText(problem)).toBeVisible();
  });
}
