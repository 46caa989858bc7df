import { expect, test } from "@playwright/test";
import { truncateSync } from "node:fs";
import { dataPaths } from "../../cluster-engine/dataDir.ts";
import { startApp } from "../support/app.ts";
import { connected, stored } from "../support/window.ts";
import { kubectlOn, kubectls } from "../support/kubectl.ts";
import { startWherry, temporaryDataDir } from "../support/wherry.ts";

// Somebody's disk damaged the store while the app was away.

test("the window says what was damaged, what is lost, and where the rest is; the cluster goes on from its snapshot", async () => {
  const dataDir = temporaryDataDir();
  const cluster = await startWherry({ dataDir, runtime: "simulated" });
  const kubectl = kubectlOn(kubectls()[0]!, cluster.kubeconfig);
  expect(kubectl(["create", "configmap", "early"]).code).toBe(0);
  cluster.wherry("snapshot", "create", "noon");
  await cluster.kill("SIGTERM");
  truncateSync(dataPaths(dataDir).store, 40_000);

  const app = await startApp({ runtime: "simulated", dataDir });
  try {
    await connected(app);
    const notice = app.page.getByRole("status").filter({ hasText: "The cluster's data was damaged" });
    await expect(notice).toContainText('The cluster goes on from snapshot "noon"');
    await expect(notice).toContainText("What was there is kept in");
    await app.picture("damaged-light");
    expect(await stored(app, "/api/v1/namespaces/default/configmaps/early")).toBeDefined();
  } finally {
    await app.destroy();
  }
});
