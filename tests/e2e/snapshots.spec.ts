import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { type RunningApp, startApp } from "../support/app.ts";
import { configMap, connected, dropTexts, stored } from "../support/window.ts";

// The cluster's state is kept and gone back to from the window.

let app: RunningApp;
test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
});
test.afterAll(() => app?.destroy());

const dialog = () => app.page.getByRole("dialog", { name: "Snapshots" });

async function openDialog(): Promise<void> {
  await app.page.keyboard.press("Control+k");
  await app.page.getByRole("dialog", { name: "Search and actions" }).getByRole("combobox").fill("snapshots");
  await app.page.getByRole("option", { name: /Snapshots…/ }).click();
  await expect(dialog()).toBeVisible();
}

async function apply(value: string): Promise<void> {
  await dropTexts(app, { "settings.yaml": configMap("settings", value) });
  await app.page.getByRole("button", { name: "Apply 1 object" }).click();
  await expect(app.page.getByText("1 of 1 ready")).toBeVisible();
}

const value = async () =>
  ((await stored(app, "/api/v1/namespaces/default/configmaps/settings")) as { data?: Record<string, string> } | undefined)?.data;

test("a snapshot is taken by name, a bad name is explained", async () => {
  await apply("before");
  const first = await value();
  await openDialog();
  await expect(dialog()).toContainText("No snapshots yet");
  await app.picture("snapshots-empty-light");
  await dialog().getByRole("textbox", { name: "Name" }).fill("Not a name");
  await dialog().getByRole("button", { name: "Take a snapshot" }).click();
  await expect(dialog().getByRole("alert")).toContainText("metadata.name: Invalid value");
  await dialog().getByRole("textbox", { name: "Name" }).fill("before");
  await app.page.keyboard.press("Enter");
  await expect(dialog().getByRole("listitem")).toContainText(/before.*objects/s);
  await app.page.keyboard.press("Escape");
  await apply("after");
  expect(await value()).not.toEqual(first);
});

test("going back asks, keeps what was, and says so", async () => {
  await openDialog();
  await dialog().getByRole("button", { name: "Go back to before" }).click();
  await app.picture("snapshots-question-light");
  await dialog().getByRole("button", { name: "Go back", exact: true }).click();
  await expect(app.page.getByText("The cluster is as in before")).toBeVisible();
  await expect(dialog().getByRole("listitem")).toHaveCount(2);
  expect(JSON.stringify(await value())).toContain("before");
});

for (const theme of ["Light", "Dark"] as const) {
  test(`axe finds nothing serious, ${theme.toLowerCase()}`, async () => {
    await app.setTheme(theme);
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).include("[role=dialog]").analyze();
    expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    await app.picture(`snapshots-${theme.toLowerCase()}`);
  });
}

test("one is deleted", async () => {
  await dialog().getByRole("button", { name: "Delete before", exact: true }).click();
  await expect(dialog().getByRole("listitem")).toHaveCount(1);
});
