import { expect, test } from "@playwright/test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningApp, startApp } from "../support/app.ts";

// The lecture by mouse: files dropped on the window become a running guestbook.

const folder = fileURLToPath(new URL("../support/lecture", import.meta.url));
const manifests = readdirSync(folder).map((name) => join(folder, name));

test("the guestbook: drop, plan, apply, open, post and read, follow a log, scale to five", async () => {
  const wherry: RunningApp = await startApp({ desktopEntry: process.env["WHERRY_DESKTOP_ENTRY"] });
  const { page } = wherry;
  try {
    await expect(page.getByRole("contentinfo").getByText("Connected", { exact: true })).toBeVisible();
    await wherry.picture("lecture-1-home-light");

    await wherry.drop(manifests);
    await expect(page.getByText("6 to create")).toBeVisible();
    await expect(page.getByRole("list", { name: "Objects of the plan" }).getByRole("listitem", { name: /frontend/ })).toHaveCount(2);
    await wherry.picture("lecture-2-plan-light");
    await page.getByRole("button", { name: "Apply 6 objects" }).click();
    await expect(page.getByText("6 of 6 ready")).toBeVisible({ timeout: 120_000 });
    await wherry.picture("lecture-3-applied-light");

    await page
      .getByRole("link", { name: /^Pods/ })
      .or(page.getByRole("navigation").getByRole("button", { name: /^Pods/ }))
      .first()
      .click();
    const pods = page.getByRole("grid", { name: /Pods/ });
    await expect(pods.getByText("Running")).toHaveCount(6);
    await wherry.picture("lecture-4-pods-light");

    const url = await frontendUrl(wherry);
    const message = `by mouse ${Date.now()}`;
    expect(await (await fetch(`${url}/guestbook.php?${new URLSearchParams({ cmd: "set", key: "messages", value: message })}`)).json()).toEqual({
      message: "Updated",
    });
    // Replicas follow their master a little later.
    const read = async () => (await fetch(`${url}/guestbook.php?cmd=get&key=messages`)).json() as Promise<unknown>;
    await expect.poll(read).toEqual({ data: message });

    await openSidebar(wherry, "Pods");
    await pods.getByRole("row", { name: /redis-master/ }).click();
    await page.keyboard.press("l");
    await expect(page.getByRole("log")).toContainText("Ready to accept connections");
    await wherry.picture("lecture-5-log-light");

    await openSidebar(wherry, "Deployments");
    await page.getByRole("button", { name: /Set replicas of frontend/ }).click();
    await wherry.picture("lecture-6-scale-light");
    await page.getByRole("button", { name: "Scale to 5" }).click();
    await openSidebar(wherry, "Pods");
    await expect(pods.getByRole("row", { name: /frontend.*Running/ })).toHaveCount(5, { timeout: 60_000 });
    await wherry.picture("lecture-6-scaled-light");
    await wherry.setTheme("Dark");
    await wherry.picture("lecture-6-scaled-dark");
    await openSidebar(wherry, "Deployments");
    await wherry.picture("lecture-7-deployments-dark");
  } finally {
    await wherry.destroy();
  }
});

const openSidebar = ({ page }: RunningApp, name: string) =>
  page
    .getByRole("navigation")
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .or(page.getByRole("navigation").getByRole("link", { name: new RegExp(`^${name}`) }))
    .first()
    .click();

/** What the Open button of the frontend Service would open. */
async function frontendUrl(wherry: RunningApp): Promise<string> {
  await openSidebar(wherry, "Services");
  const row = wherry.page.getByRole("grid", { name: /Services/ }).getByRole("row", { name: /frontend/ });
  await expect(row).toContainText(/127\.0\.0\.1:3\d{4}/);
  return `http://${/127\.0\.0\.1:3\d{4}/.exec((await row.textContent()) ?? "")![0]}`;
}
