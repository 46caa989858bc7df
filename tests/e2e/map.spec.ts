import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningApp, startApp } from "../support/app.ts";
import { configMap, connected, deployment, dropTexts } from "../support/window.ts";

// The guestbook as a map: what leads where, by mouse and by keyboard.

const lecture = fileURLToPath(new URL("../support/lecture", import.meta.url));
let app: RunningApp;

test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
});
test.afterAll(() => app?.destroy());

const picture = () => app.page.getByRole("group", { name: "Map of objects" });
const node = (name: RegExp) => picture().getByRole("button", { name });

test("an empty namespace says so", async () => {
  await app.page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name: "Map", exact: true }).click();
  await expect(picture().or(app.page.getByText("Nothing to draw"))).toBeVisible();
});

test("the guestbook: Services lead to what runs, that to what it uses", async () => {
  const { page } = app;
  await app.drop(readdirSync(lecture).map((name) => join(lecture, name)));
  await page.getByRole("button", { name: "Apply 6 objects" }).click();
  await expect(page.getByText("6 of 6 ready")).toBeVisible();
  await dropTexts(app, {
    "settings.yaml": configMap("settings", "bright"),
    "shop.yaml": deployment("shop", { more: "        envFrom: [{configMapRef: {name: settings}}]\n" }),
    "waiting.yaml": deployment("waiting", { more: "        resources: {requests: {cpu: 1000}}\n" }),
  });
  await page.getByRole("button", { name: "Apply 3 objects" }).click();
  await expect(page.getByText("2 of 3 ready")).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await expect(node(/^frontend Deployment Ready Pods: 3/)).toBeVisible();
  await expect(node(/^settings ConfigMap/)).toBeVisible();
  await expect(picture().locator("svg path[marker-end]")).toHaveCount(4);
  await app.picture("map-light");
});

test("arrow keys go from node to node, Enter opens, and its surroundings can be shown alone", async () => {
  const { page } = app;
  await node(/^frontend Service/).focus();
  await page.keyboard.press("ArrowRight");
  await expect(node(/^frontend Deployment/)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article").getByRole("heading", { name: "frontend" })).toBeVisible();
  await app.picture("map-drawer-light");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Only what it is connected with" }).click();
  await expect(picture().getByRole("button", { name: /^frontend/ })).toHaveCount(2);
  await expect(node(/redis-master/)).toHaveCount(0);
  await page.getByRole("button", { name: "Show the whole map" }).click();
  await expect(node(/^redis-master Deployment/)).toBeVisible();
});

test("a change of state moves nothing; a change of shape does", async () => {
  const { page } = app;
  const before = await node(/^frontend Deployment/).boundingBox();
  await page.getByRole("checkbox", { name: "Problems only" }).check();
  await expect(node(/^waiting Deployment/)).toBeVisible();
  await expect(node(/^frontend Deployment/)).toHaveCount(0);
  await page.getByRole("checkbox", { name: "Problems only" }).uncheck();
  await expect(node(/^frontend Deployment/)).toBeVisible();
  expect(await node(/^frontend Deployment/).boundingBox()).toEqual(before);
});

test("by app, and by node with the unscheduled apart", async () => {
  const { page } = app;
  await page.getByRole("radio", { name: "App" }).click();
  await expect(picture().getByText("guestbook", { exact: true })).toBeVisible();
  await app.picture("map-app-light");
  await page.getByRole("radio", { name: "Node" }).click();
  await expect(picture().getByText("No node")).toBeVisible();
  await expect(node(/^waiting.* Pod Pending/)).toBeVisible();
  await app.picture("map-node-light");
  await page.getByRole("radio", { name: "Namespace" }).click();
});

test("the same as a tree, by keyboard alone", async () => {
  const { page } = app;
  await page.getByRole("radio", { name: "Tree" }).click();
  const tree = page.getByRole("tree", { name: "Objects and what they lead to" });
  await tree
    .getByRole("treeitem", { name: /default/ })
    .first()
    .focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await expect(tree.getByRole("treeitem").last()).toBeFocused();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("treeitem").first()).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowRight");
  await expect(tree.getByRole("treeitem", { name: /Deployment frontend/ })).toHaveAttribute("aria-level", "3");
  await app.picture("map-tree-light");
});

for (const theme of ["Light", "Dark"] as const) {
  test(`axe finds nothing serious on the map, ${theme.toLowerCase()}`, async () => {
    await app.setTheme(theme);
    for (const look of ["Tree", "Map"]) {
      await app.page.getByRole("radio", { name: look, exact: true }).click();
      const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
      expect(
        violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      ).toEqual([]);
    }
    await expect(node(/^frontend Deployment/)).toBeVisible();
    await app.picture(`map-${theme.toLowerCase()}`);
  });
}
