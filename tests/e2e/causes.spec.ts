import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected, deployment, dropTexts, openKind, planRow } from "../support/window.ts";

// Why things are as they are: what a plan brought about, who wrote to an object, why a pod waits and what would help.

let wherry: RunningApp;

test.beforeAll(async () => {
  wherry = await startApp({ runtime: "simulated" });
  await connected(wherry);
});
test.afterAll(() => wherry?.destroy());

const service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{port: 80}]}\n";

const section = (name: string) => wherry.page.getByRole("article").getByRole("tab", { name, exact: true }).click();

/** axe finds nothing serious, in both themes. */
async function expectAccessible(): Promise<void> {
  const { page } = wherry;
  for (const theme of ["Light", "Dark"] as const) {
    await wherry.setTheme(theme);
    await page.locator(`html[data-theme=${theme.toLowerCase()}]`).waitFor();
    // Without the page that axe opens for its report: the app refuses new windows.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual([]);
  }
}

test("a plan shows what it brought about, from the apply to the endpoints", async () => {
  const { page } = wherry;
  await dropTexts(wherry, { "shop.yaml": deployment("shop", { replicas: 2 }) + service });
  await page.getByRole("button", { name: "Apply 2 objects" }).click();
  await page.getByText("2 of 2 ready").waitFor();
  await page.getByRole("radio", { name: "What happened" }).click();
  const chain = page.getByRole("list", { name: "What it brought about" });
  for (const step of [
    /created Deployment shop/,
    /deployment-controller created ReplicaSet shop-/,
    /replicaset-controller created Pod shop-/,
    /kube-scheduler bound Pod shop-.* to wherry/,
    /kubelet reported status of Pod shop-/,
    /endpointslice-controller (created|updated) EndpointSlice shop-/,
  ])
    await expect(chain.getByRole("listitem").filter({ hasText: step }).first()).toBeVisible();
  await expect(chain.getByText("told: Scheduled")).toHaveCount(0);
  await page.getByRole("checkbox", { name: "Show events" }).check();
  await expect(chain.getByText("told: Scheduled").first()).toBeVisible();
  await expectAccessible();
  await page.getByRole("radio", { name: "Objects" }).click();
  await expect(planRow(wherry, "Deployment shop")).toContainText("Ready");
});

test("an object tells who wrote to it, and each write what it brought about", async () => {
  const { page } = wherry;
  await (await openKind(wherry, "Deployments")).getByRole("row", { name: /shop/ }).click();
  await section("History");
  const writes = page.getByRole("list", { name: "History" });
  await expect(writes.getByText("deployment-controller").first()).toBeVisible();
  await page.getByRole("radio", { name: "By people alone" }).click();
  await expect(writes.getByRole("listitem")).toHaveCount(1);
  await writes.getByRole("button", { name: "Show what it brought about" }).click();
  const chain = page.getByRole("list", { name: "What it brought about" });
  await expect(chain.getByRole("listitem").filter({ hasText: /kube-scheduler bound Pod shop-/ })).toHaveCount(2);
  await expectAccessible();
  await page.keyboard.press("Escape");
});

test("a pod that waits says why, node by node, and what would help", async () => {
  const { page } = wherry;
  await dropTexts(wherry, { "greedy.yaml": deployment("greedy", { more: "        resources: {requests: {cpu: 1000}}\n" }) });
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await planRow(wherry, "Deployment greedy")
    .getByText(/Insufficient cpu/)
    .waitFor();
  await (await openKind(wherry, "Pods")).getByRole("row", { name: /greedy/ }).click();
  await page.getByRole("button", { name: "Node by node" }).click();
  const table = page.getByRole("table", { name: "Nodes" });
  const row = table.getByRole("row").filter({ hasText: "wherry" });
  await expect(row).toContainText("Refused");
  await expect(row).toContainText(/Insufficient cpu: asks 1000 cores, [\d.]+ of [\d.]+ cores? are free/);
  await expect(page.getByText("Lower the pod's request for cpu, free some on a node, or add a node.")).toBeVisible();

  await page.getByRole("checkbox", { name: "Without taints, and nothing cordoned" }).check();
  await expect(page.getByTestId("drawer").getByText("Still no node: Insufficient cpu")).toBeVisible();
  await page.getByRole("textbox", { name: "Asks for CPU (cores)" }).fill("100m");
  await expect(page.getByTestId("drawer").getByText("It would go to wherry")).toBeVisible();
  await expectAccessible();
  await page.keyboard.press("Escape");

  await (await openKind(wherry, "Pods")).getByRole("row", { name: /shop/ }).first().click();
  await section("Scheduling");
  await expect(page.getByText("On wherry")).toBeVisible();
  await expect(table.getByRole("row").filter({ hasText: "wherry" })).toContainText("Chosen");
});
