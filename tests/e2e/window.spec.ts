import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { parse } from "yaml";
import { runningEngine } from "../../cluster-engine/dataDir.ts";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected, configMap, deployment, dropTexts, openKind, otherClient, stored } from "../support/window.ts";

// The window's own ways: keys, filter, palette, drawer, questions, themes, and what shows when the API is away.

let wherry: RunningApp;
const deployments = "/apis/apps/v1/namespaces/default/deployments";

const create = (path: string, text: string) => otherClient(wherry).send({ method: "POST", path, body: parse(text) });

test.beforeAll(async () => {
  wherry = await startApp({ runtime: "simulated" });
  await connected(wherry);
  for (const name of ["alpha", "beta", "gamma"]) await create(deployments, deployment(name));
  await create("/api/v1/namespaces", "apiVersion: v1\nkind: Namespace\nmetadata: {name: harbour}\n");
  await create("/apis/apps/v1/namespaces/harbour/deployments", deployment("quay"));
});
test.afterAll(() => wherry?.destroy());
test.afterEach(async () => {
  await wherry.page.keyboard.press("Escape");
  await wherry.page.keyboard.press("Escape");
});

test("Ctrl+K finds an object by its name and opens it", async () => {
  const { page } = wherry;
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search and actions" });
  await palette.getByRole("combobox").fill("alpha");
  const hit = palette.getByRole("option", { name: /^alpha.*Deployment/ }).first();
  await expect(hit).toBeVisible();
  await expect(palette.getByRole("option", { name: /^alpha.*Deployment/ })).toHaveCount(1);
  await hit.click();
  await expect(page.getByRole("article", { name: "alpha" })).toContainText("1 of 1 ready");
});

const filters: [text: string, shown: string[], hidden: string[]][] = [
  ["alp", ["alpha"], ["beta", "gamma", "quay"]],
  ["!alp", ["beta", "gamma", "quay"], ["alpha"]],
  ["/^(be|ga)/", ["beta", "gamma"], ["alpha", "quay"]],
];
for (const [text, shown, hidden] of filters) {
  test(`the filter ${text} shows ${shown.join(", ")}`, async () => {
    const { page } = wherry;
    const grid = await openKind(wherry, "Deployments");
    const filter = page
      .getByRole("searchbox", { name: "Filter" })
      .or(page.getByRole("textbox", { name: "Filter" }))
      .first();
    await filter.fill(text);
    for (const name of hidden) await expect(grid.getByRole("row", { name })).toHaveCount(0);
    for (const name of shown) await expect(grid.getByRole("row", { name })).toBeVisible();
    await expect(page.getByText(`${shown.length} of 4`)).toBeVisible();
    await filter.fill("");
    await expect(grid.getByRole("row", { name: /alpha|beta|gamma|quay/ })).toHaveCount(4);
  });
}

test("arrows move through a list, Enter opens, the YAML shows, Escape closes", async () => {
  const { page } = wherry;
  const grid = await openKind(wherry, "Deployments");
  await grid.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  const name = await grid.locator(`[id="${(await grid.getAttribute("aria-activedescendant")) ?? ""}"]`).textContent();
  expect(name).toBe("beta");
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("article", { name: "beta" });
  await expect(drawer).toBeVisible();
  await drawer.getByRole("tab", { name: "YAML" }).click();
  await expect(drawer.getByRole("tabpanel")).toContainText("kind: Deployment");
  await expect(drawer.getByRole("tabpanel")).not.toContainText("managedFields");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
});

test("Delete asks, lists what goes too, and can be undone", async () => {
  const { page } = wherry;
  const grid = await openKind(wherry, "Deployments");
  const row = grid.getByRole("row", { name: "gamma" });
  const ask = async () => {
    await row.click();
    await grid.focus();
    await page.keyboard.press("Delete");
  };
  await ask();
  const question = page.getByRole("dialog", { name: "Delete gamma?" });
  await expect(question).toContainText(/ReplicaSet\s*gamma-.*Pod\s*gamma-/s);
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(row).toBeVisible();
  expect(await stored(wherry, `${deployments}/gamma`)).toBeDefined();

  await ask();
  await question.getByRole("button", { name: "Delete" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("contentinfo").getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("1/1");
});

test("− and + in the row scale, and undo takes it back", async () => {
  const { page } = wherry;
  const grid = await openKind(wherry, "Deployments");
  const row = grid.getByRole("row", { name: "beta" });
  const more = row.getByRole("button", { name: "One replica more: beta" });
  await more.click();
  await more.click();
  await expect(row).toContainText("3/3");
  await expect(page.getByRole("contentinfo")).toContainText("Scaled beta from 1 to 3");
  await row.getByRole("button", { name: "One replica fewer: beta" }).click();
  await expect(page.getByRole("contentinfo")).toContainText("Scaled beta from 3 to 2");
  await expect(row).toContainText("2/2");
  await page.getByRole("contentinfo").getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("3/3");
});

test("the namespace picker narrows a list to one namespace, and back", async () => {
  const { page } = wherry;
  const grid = await openKind(wherry, "Deployments");
  const pick = async (name: string) => {
    await page.getByRole("button", { name: /^Namespace: / }).click();
    await page.getByRole("option", { name }).first().click();
    await page.keyboard.press("Escape");
  };
  await pick("harbour");
  await expect(grid.getByRole("row", { name: "quay" })).toBeVisible();
  await expect(grid.getByRole("row", { name: "alpha" })).toHaveCount(0);
  await pick("All namespaces");
  await expect(grid.getByRole("row", { name: "alpha" })).toBeVisible();
});

test("the theme follows the choice at once", async () => {
  const { page } = wherry;
  const backgrounds = new Set<string>();
  for (const theme of ["Light", "Dark"]) {
    await page.getByRole("button", { name: "Theme and settings" }).click();
    await page.getByRole("menuitemcheckbox", { name: theme }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme.toLowerCase());
    backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  expect([...backgrounds]).toEqual(["rgb(255, 255, 255)", "rgb(15, 16, 20)"]);
});

test("when the engine dies rows stay, dimmed with their age, and are live again without a reload", async () => {
  const { page, dataDir } = wherry;
  const grid = await openKind(wherry, "Deployments");
  await expect(grid.getByRole("row", { name: "alpha" })).toBeVisible();
  const { pid } = runningEngine(dataDir)!;
  process.kill(pid, "SIGKILL");
  await expect(page.getByText("Not live: this is what was known")).toBeVisible();
  await expect(grid.getByRole("row", { name: "alpha" })).toBeVisible();
  await expect(grid.locator(".stale")).toHaveCount(1);
  await expect(page.getByText("Not live: this is what was known")).toHaveCount(0);
  await connected(wherry);
  expect(runningEngine(dataDir)!.pid).not.toBe(pid);
  await create(deployments, deployment("delta"));
  await expect(grid.getByRole("row", { name: "delta" })).toContainText("1/1");
});

const screens: [name: string, open: () => Promise<unknown>][] = [
  ["Home", async () => wherry.page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name: "Home" }).click()],
  ["the list of Pods", () => openKind(wherry, "Pods")],
  ["the detail of a Deployment", async () => (await openKind(wherry, "Deployments")).getByRole("row", { name: "alpha" }).click()],
  [
    "a plan with a mistake",
    async () => {
      await dropTexts(wherry, { "axe.yaml": `${configMap("axe", "x")}---\n${deployment("axe", { more: "        imagee: x\n" })}` });
      await expect(wherry.page.getByText("1 invalid")).toBeVisible();
    },
  ],
];
for (const theme of ["light", "dark"]) {
  for (const [name, open] of screens) {
    test(`axe finds nothing serious on ${name}, ${theme}`, async () => {
      const { page } = wherry;
      await page.getByRole("button", { name: "Theme and settings" }).click();
      await page.getByRole("menuitemcheckbox", { name: new RegExp(theme, "i") }).click();
      await open();
      await expect(page.getByRole("menu")).toHaveCount(0);
      // Without the page that axe opens for its report: the app refuses new windows.
      const { violations, passes } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      expect(passes.length).toBeGreaterThan(10);
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual([]);
    });
  }
}
