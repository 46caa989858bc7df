import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected, dropTexts, otherClient } from "../support/window.ts";

// A custom kind in two versions: listed by its group, counted, and its schema read field by field.

const boats = readFileSync(new URL("../support/samples/boats.yaml", import.meta.url), "utf8");
const boat = (name: string) => `apiVersion: sea.example/v1
kind: Boat
metadata: {name: ${name}}
spec: {crew: 3, rig: sloop}
`;
let app: RunningApp;

test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
});
test.afterAll(() => app?.destroy());

const tree = () => app.page.getByRole("tree", { name: "Fields of the schema" });
const field = (name: string) => tree().getByRole("treeitem", { name: new RegExp(`^${name}\\b`) });
const card = () => app.page.getByRole("region", { name: "The chosen field" });

test("without custom kinds it says how to get some", async () => {
  await app.page.keyboard.press("g");
  await app.page.keyboard.press("c");
  await expect(app.page.getByText("No custom kinds yet")).toBeVisible();
});

test("a definition appears by itself, with its versions, its conditions and how many instances there are", async () => {
  const { page } = app;
  await otherClient(app).send({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", ...other },
  });
  await expect(page.getByRole("option", { name: /^Lighthouse v1/ })).toBeVisible();
  await dropTexts(app, { "boats.yaml": boats });
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await expect(page.getByText("1 of 1 ready")).toBeVisible();
  await dropTexts(app, { "albatross.yaml": boat("albatross"), "heron.yaml": boat("heron") });
  await page.getByRole("button", { name: "Apply 2 objects" }).click();
  await expect(page.getByText("2 of 2 ready")).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("option", { name: /^Boat/ }).click();
  await expect(page.getByRole("button", { name: "Open 2 instances" })).toBeVisible();
  await expect(page.getByRole("option", { name: /^Lighthouse v1 0/ })).toBeVisible();
  const versions = page.getByRole("list", { name: "Versions" });
  await expect(versions.getByRole("listitem")).toHaveText([/^v1 served, storage version/, /^v1beta1 served\s*deprecated/]);
  await expect(page.getByText("Established", { exact: true })).toBeVisible();
});

const other = {
  metadata: { name: "lighthouses.land.example" },
  spec: {
    group: "land.example",
    scope: "Cluster",
    names: { kind: "Lighthouse", plural: "lighthouses" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

test("the schema by keyboard: types, defaults, enums, limits and rules", async () => {
  const { page } = app;
  await tree().focus();
  await expect(card().getByText("How the boat should be.")).toBeVisible();
  await expect(card().getByText("self.crew <= self.berths")).toBeVisible();
  await expect(card().getByText("everyone needs a berth")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(field("crew")).toHaveAttribute("aria-selected", "true");
  await expect(card().getByText("default 2")).toBeVisible();
  await expect(card().getByText("At most 20")).toBeVisible();
  await expect(card().getByText("kubectl explain boats.spec.crew")).toBeVisible();
  await field("rig").click();
  await expect(card().getByText("ketch")).toBeVisible();
  await field("ports").click();
  await page.keyboard.press("ArrowDown");
  await expect(field("name")).toHaveAttribute("aria-level", "3");
  await expect(card().getByText("Matches ^[a-z]+$")).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await expect(field("ports")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowLeft");
  await expect(field("name")).toHaveCount(0);
});

test("a filter finds a field wherever it is; another version has its own fields", async () => {
  const { page } = app;
  await page.getByRole("searchbox", { name: "Filter fields" }).fill("phase");
  await expect(field("phase")).toBeVisible();
  await expect(field("rig")).toHaveCount(0);
  await page.getByRole("radio", { name: "v1beta1" }).click();
  await expect(field("sails")).toBeVisible();
  await page.getByRole("radio", { name: "v1", exact: true }).click();
  await expect(field("rig")).toBeVisible();
});

for (const theme of ["Light", "Dark"] as const) {
  test(`axe finds nothing serious on definitions, ${theme.toLowerCase()}`, async () => {
    await app.setTheme(theme);
    await field("rig").click();
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
    expect(
      violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    ).toEqual([]);
    await app.picture(`definitions-${theme.toLowerCase()}`);
  });
}

test("instances are a list like any other, with the definition's own columns", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Open 2 instances" }).click();
  const grid = page.getByRole("main").getByRole("grid");
  await expect(grid.getByRole("columnheader", { name: "Crew" })).toBeVisible();
  await expect(grid.getByRole("row", { name: /albatross/ })).toContainText("3");
});
