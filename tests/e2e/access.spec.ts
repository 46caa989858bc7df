import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { dataPaths } from "../../cluster-engine/dataDir.ts";
import { type RunningApp, startApp } from "../support/app.ts";
import { connected, dropTexts, otherClient } from "../support/window.ts";

// What one may do, who may do something, and why: a robot with few rights beside the user with all.

const robot = `apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}
- {apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot-reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: robot, namespace: default}
`;
let app: RunningApp;

test.beforeAll(async () => {
  app = await startApp({ runtime: "simulated" });
  await connected(app);
  await dropTexts(app, { "robot.yaml": robot });
  await app.page.getByRole("button", { name: "Apply 3 objects" }).click();
  await expect(app.page.getByText("3 of 3 ready")).toBeVisible();
});
test.afterAll(() => app?.destroy());

const cell = (name: string) => app.page.getByRole("grid", { name: "Rights by resource and verb" }).getByRole("gridcell", { name, exact: true });
const why = () => app.page.getByRole("region", { name: "Why" });

test("the user of the window may do everything, by a binding that is named", async () => {
  const { page } = app;
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(cell("delete pods: Granted")).toBeVisible();
  await cell("delete pods: Granted").click();
  await expect(why().getByText("The API server allows it")).toBeVisible();
  await expect(why().getByRole("button", { name: "cluster-admin", exact: true }).first()).toBeVisible();
});

test("a service account: its role's rights, and why not the others", async () => {
  const { page } = app;
  await page.getByRole("searchbox", { name: "Filter subjects" }).fill("robot");
  await page.getByRole("option", { name: /^robot/ }).click();
  await expect(cell("get pods/log: In some namespaces")).toBeVisible();
  await expect(cell("update configmaps: Some names only")).toBeVisible();
  await expect(cell("delete pods: Not granted")).toBeVisible();
  await cell("delete pods: Not granted").click();
  await expect(why().getByText("The API server does not allow it")).toBeVisible();
  await expect(why().getByText("--as=system:serviceaccount:default:robot")).toBeVisible();
  await page.getByRole("checkbox", { name: "Granted only" }).check();
  await expect(cell("get nodes: Not granted")).toHaveCount(0);
  await cell("update configmaps: Some names only").click();
  await expect(why().getByText("only settings")).toBeVisible();
  await expect(why().getByRole("button", { name: "robot-reads" })).toBeVisible();
});

test("by keyboard: arrows move, Enter asks", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("searchbox", { name: "Filter resources" }).fill("pods");
  const grid = page.getByRole("grid", { name: "Rights by resource and verb" });
  await grid.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(why().getByRole("heading", { name: /^list pods/ })).toBeVisible();
});

test("who can: from the binding of a moment ago to its end", async () => {
  const { page } = app;
  await page.getByRole("radio", { name: "Who can do it" }).click();
  await page.getByRole("combobox", { name: "Verb" }).fill("get");
  await page.getByRole("combobox", { name: "Resource" }).fill("pods/log");
  const who = page.getByRole("list", { name: "Subjects that may do it" });
  const row = who.getByRole("listitem").filter({ hasText: "default/robot" });
  await expect(row).toBeVisible();
  await expect(who.getByRole("button", { name: "system:masters" })).toBeVisible();
  await row.getByRole("button", { name: "Why" }).click();
  await expect(row.getByRole("button", { name: "reader" })).toBeVisible();
  await page.getByRole("combobox", { name: "Resource" }).fill("gizmos");
  await expect(page.getByText("The cluster serves no such resource")).toBeVisible();
  await page.getByRole("combobox", { name: "Resource" }).fill("pods/log");
  await row.getByRole("button", { name: "default/robot" }).click();
  await expect(cell("get pods/log: In some namespaces")).toBeVisible();
});

/** A second cluster in the kubeconfig: the same one, as the service account. */
async function connectAsRobot(): Promise<void> {
  const { kubeconfig } = dataPaths(app.dataDir);
  const { status } = (await otherClient(app).send({
    method: "POST",
    path: "/api/v1/namespaces/default/serviceaccounts/robot/token",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  })) as { status: { token: string } };
  const config = parse(readFileSync(kubeconfig, "utf8")) as { clusters: { name: string }[] };
  const context = { name: "robot", context: { cluster: config.clusters[0]!.name, user: "robot" } };
  const robotConfig = { ...config, contexts: [context], users: [{ name: "robot", user: { token: status.token } }], "current-context": "robot" };
  writeFileSync(join(app.dataDir, "no-other-kubeconfig"), stringify(robotConfig), { mode: 0o600 });
}

for (const theme of ["Light", "Dark"] as const) {
  test(`axe finds nothing serious on access, ${theme.toLowerCase()}`, async () => {
    await app.setTheme(theme);
    for (const view of ["Who can do it", "What can one do"]) {
      await app.page.getByRole("radio", { name: view }).click();
      const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
      expect(
        violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      ).toEqual([]);
    }
    await app.picture(`access-${theme.toLowerCase()}`);
  });
}

test("where RBAC is forbidden: the API server's own word, and what is not known says so", async () => {
  const { page } = app;
  await app.setTheme("Light");
  await connectAsRobot();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and actions" }).fill("@robot");
  await page.getByRole("option", { name: /^robot/ }).click();
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await expect(page.getByText("Not all of RBAC can be read")).toBeVisible();
  await expect(cell("list pods: In some namespaces")).toBeVisible();
  await expect(cell("delete pods: Not known")).toBeVisible();
  await cell("delete pods: Not known").click();
  await expect(why().getByText("The API server does not allow it")).toBeVisible();
  await expect(why().getByText("No binding that can be read grants it.")).toBeVisible();
  await app.picture("access-forbidden-light");
  await page.getByRole("radio", { name: "Who can do it" }).click();
  await expect(page.getByText("Not all of RBAC can be read")).toBeVisible();
});
