import { expect, test } from "@playwright/test";
import { parse } from "yaml";
import { type RunningApp, startApp } from "../support/app.ts";
import { configMap, connected, deployment, dropTexts, otherClient, planRow, stored } from "../support/window.ts";

// What is dropped is checked before anything changes: what is wrong says where, what is right can be applied and undone.

let wherry: RunningApp;

test.beforeAll(async () => {
  wherry = await startApp({ runtime: "simulated" });
  await connected(wherry);
});
test.afterAll(() => wherry?.destroy());

const apply = (path: string, text: string, fieldManager = "other") =>
  otherClient(wherry).send({
    method: "PATCH",
    path,
    query: { fieldManager },
    headers: { "content-type": "application/apply-patch+yaml" },
    body: parse(text),
  });
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const configMaps = "/api/v1/namespaces/default/configmaps";
const valueOf = async (name: string) => ((await stored(wherry, `${configMaps}/${name}`)) as { data?: { value?: string } } | undefined)?.data?.value;

test("each mistake is told with its file, line and field, and the rest can be applied", async () => {
  const { page } = wherry;
  await apply(`${deployments}/fixed`, deployment("fixed"), "wherry");
  await dropTexts(wherry, {
    "indent.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: indent\n data: {a: b}\n",
    "kind.yaml": "apiVersion: v1\nkind: Podd\nmetadata: {name: kind}\n",
    "field.yaml": deployment("field", { more: "        imagee: web:2\n" }),
    "type.yaml": deployment("type").replace("replicas: 1", "replicas: one"),
    "fixed.yaml": deployment("fixed", { app: "other" }),
    "good.yaml": `${configMap("good", "first")}---\n${deployment("good")}`,
  });
  await expect(page.getByRole("heading", { name: "Review the plan" })).toBeVisible();
  await expect(page.getByText("2 to create")).toBeVisible();
  await expect(page.getByText("5 invalid")).toBeVisible();
  const mistakes: [row: string, place: string, told: RegExp][] = [
    ["? ?", "indent.yaml:5", /column/],
    ["Podd kind", "kind.yaml:2", /no kind "Podd" in apiVersion "v1"/],
    ["Deployment field", "field.yaml:16", /imagee.*field not declared in schema/],
    ["Deployment type", "type.yaml:6", /spec\.replicas.*expected numeric/],
    ["Deployment fixed", "fixed.yaml:7", /spec\.selector.*field is immutable/],
  ];
  for (const [name, place, told] of mistakes) {
    const row = planRow(wherry, name);
    await expect(row, name).toContainText("Invalid");
    await expect(row.getByRole("listitem").first(), name).toContainText(place);
    await expect(row, name).toContainText(told);
    await expect(row.getByRole("checkbox"), name).toBeDisabled();
  }
  expect(await stored(wherry, `${configMaps}/good`)).toBeUndefined();

  await page.getByRole("button", { name: "Apply 2 objects" }).click();
  await expect(page.getByText("2 of 2 ready")).toBeVisible();
  await expect(planRow(wherry, "Deployment good")).toContainText("Ready");
  expect(await valueOf("good")).toBe("first");
});

test("unticked objects stay out, and undo removes what was created and restores what was changed", async () => {
  const { page } = wherry;
  await apply(`${configMaps}/restored`, configMap("restored", "before"), "wherry");
  await dropTexts(wherry, {
    "three.yaml": [configMap("restored", "after"), configMap("created", "new"), configMap("unticked", "new")].join("---\n"),
  });
  await expect(planRow(wherry, "ConfigMap restored")).toContainText(/Change.*data\.value.*before.*after/);
  await planRow(wherry, "ConfigMap unticked").getByRole("checkbox").click();
  await page.getByRole("button", { name: "Apply 2 objects" }).click();
  await expect(page.getByText("2 of 2 ready")).toBeVisible();
  expect([await valueOf("restored"), await valueOf("created"), await valueOf("unticked")]).toEqual(["after", "new", undefined]);

  await page.getByRole("button", { name: "Undo all" }).click();
  await expect(page.getByRole("button", { name: "Undone" })).toBeDisabled();
  expect([await valueOf("restored"), await valueOf("created")]).toEqual(["before", undefined]);
});

test("a field of another manager is a conflict, taken over only when that is asked", async () => {
  const { page } = wherry;
  await apply(`${configMaps}/claimed`, configMap("claimed", "theirs"));
  await dropTexts(wherry, { "claimed.yaml": configMap("claimed", "ours") });
  const row = planRow(wherry, "ConfigMap claimed");
  await expect(row).toContainText("Conflict");
  await expect(row.getByRole("listitem").first()).toContainText(/claimed\.yaml:6.*data\.value.*conflict with "other"/);
  await expect(page.getByRole("button", { name: "Apply 0 objects" })).toBeDisabled();

  await page.getByLabel("Take over fields of other managers").click();
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await expect(page.getByText("1 of 1 ready")).toBeVisible();
  expect(await valueOf("claimed")).toBe("ours");
  await page.getByRole("button", { name: "Undo all" }).click();
  await expect(page.getByRole("button", { name: "Undone" })).toBeVisible();
  expect(await valueOf("claimed")).toBe("theirs");
});

test("when part of a plan fails, what failed and why is told, and the rest is done", async () => {
  const { page } = wherry;
  await dropTexts(wherry, { "partial.yaml": `${configMap("partial", "done")}---\n${deployment("partial")}` });
  await expect(page.getByRole("button", { name: "Apply 2 objects" })).toBeEnabled();
  // Between plan and application somebody else makes the Deployment with another selector.
  await apply(`${deployments}/partial`, deployment("partial", { app: "rival" }), "wherry");
  await page.getByRole("button", { name: "Apply 2 objects" }).click();
  await expect(page.getByText("1 of 2 ready, 1 failed")).toBeVisible();
  await expect(planRow(wherry, "Deployment partial")).toContainText(/Failed.*field is immutable/);
  await expect(planRow(wherry, "ConfigMap partial")).toContainText("Ready");
  expect(await valueOf("partial")).toBe("done");
});

test("what is already so is told to be the same, and nothing is to apply", async () => {
  const { page } = wherry;
  await apply(`${configMaps}/same`, configMap("same", "as it is"), "wherry");
  await dropTexts(wherry, { "same.yaml": configMap("same", "as it is") });
  await expect(page.getByText("1 the same")).toBeVisible();
  await expect(page.getByRole("button", { name: "Apply 0 objects" })).toBeDisabled();
});

test("a pod that no node takes is told on the plan, with the reason, and undo removes it", async () => {
  const { page } = wherry;
  await dropTexts(wherry, { "waiting.yaml": deployment("waiting", { more: "        resources: {requests: {cpu: 1000}}\n" }) });
  await page.getByRole("button", { name: "Apply 1 object" }).click();
  await expect(planRow(wherry, "Deployment waiting")).toContainText(/Pending: .*Insufficient cpu/);
  await page.getByRole("button", { name: "Undo all" }).click();
  await expect(page.getByRole("button", { name: "Undone" })).toBeVisible();
  expect(await stored(wherry, `${deployments}/waiting`)).toBeUndefined();
});
