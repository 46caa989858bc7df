import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected, dropTexts, openKind } from "../support/window.ts";

// Forwards by keyboard: from a row to an address on this machine, and back.

let app: RunningApp;
const shop = `apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec: {containers: [{name: main, image: "shop:1", ports: [{name: web, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: web}]}
`;

test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
  await dropTexts(app, { "shop.yaml": shop });
  await app.page.getByRole("button", { name: "Apply 2 objects" }).click();
  await expect(app.page.getByRole("button", { name: "Undo all" })).toBeVisible();
});
test.afterAll(() => app?.destroy());

test("no forward yet: the screen says how to begin one", async () => {
  await app.page.getByRole("button", { name: "Forwards" }).click();
  await expect(app.page.getByRole("main")).toContainText("Forward a port…");
  await app.picture("forwards-empty-light");
});

test("F on a Service's row asks for ports, and the address answers", async () => {
  const { page } = app;
  await openKind(app, "Services");
  await page.getByRole("searchbox").first().fill("shop");
  await page.getByRole("row", { name: /shop/ }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("f");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("textbox", { name: "Local port" })).toBeVisible();
  await expect(dialog.getByRole("combobox", { name: "Port", exact: true })).toHaveValue("http");
  await app.picture("forwards-dialog-light");
  await dialog.getByRole("textbox", { name: "Local port" }).fill("99999");
  await expect(dialog.getByText("A port is a number from 1 to 65535")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Forward" })).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Local port" }).fill("");
  await dialog.getByRole("button", { name: "Forward" }).click();
  const row = page.getByRole("row", { name: /shop/ });
  await expect(row).toContainText("Running");
  const address = /http:\/\/127\.0\.0\.1:\d+/.exec((await row.textContent()) ?? "")![0];
  expect((await fetch(address, { headers: { connection: "close" } })).status).toBe(200);
  await expect(row).toContainText(/↓ \d/);
});

for (const theme of ["Light", "Dark"] as const) {
  test(`axe finds nothing serious on the forwards, ${theme.toLowerCase()}`, async () => {
    await app.setTheme(theme);
    await app.picture(`forwards-${theme.toLowerCase()}`);
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
    expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  });
}

test("stopping closes the port; removing empties the list", async () => {
  const { page } = app;
  await page.getByRole("row", { name: /shop/ }).getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("row", { name: /shop/ })).toContainText("Stopped");
  await page.getByRole("button", { name: "Remove from the list" }).click();
  await expect(page.getByRole("main")).toContainText("No forwards");
});
