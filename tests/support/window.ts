import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright";
import { httpsTransport } from "../../cluster-engine/client/httpsTransport.ts";
import type { Transport } from "../../cluster-engine/client/types.ts";
import { dataPaths } from "../../cluster-engine/dataDir.ts";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { RunningApp } from "./app.ts";

/** Waits until the window shows a cluster that answers. */
export const connected = ({ page }: RunningApp): Promise<void> => page.getByRole("contentinfo").getByText("Connected", { exact: true }).waitFor();

/** Goes to a kind by the sidebar; its grid is the answer. */
export async function openKind({ page }: RunningApp, name: string): Promise<Locator> {
  await page.getByRole("navigation", { name: "Kinds" }).getByRole("button", { name, exact: true }).click();
  const grid = page.getByRole("main").getByRole("grid", { name, exact: true });
  await grid.waitFor();
  return grid;
}

/** Drops texts as files of these names. */
export async function dropTexts(wherry: RunningApp, texts: Record<string, string>): Promise<void> {
  const folder = mkdtempSync(join(wherry.dataDir, "drop-"));
  const paths = Object.entries(texts).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  await wherry.drop(paths);
}

/** A row of the plan on screen: `Deployment web`. */
export const planRow = ({ page }: RunningApp, name: string): Locator =>
  page.getByRole("list", { name: "Objects of the plan" }).getByRole("listitem", { name, exact: true });

/** The API as another client of the cluster reaches it. */
export const otherClient = ({ dataDir }: RunningApp): Transport => httpsTransport(readFileSync(dataPaths(dataDir).kubeconfig, "utf8"));

/** What the cluster holds at a path; undefined when there is nothing. */
export async function stored(wherry: RunningApp, path: string): Promise<KubeObject | undefined> {
  return (await otherClient(wherry)
    .send({ method: "GET", path })
    .catch((error: { code?: number; status?: { code?: number } }) => {
      if ((error.status?.code ?? error.code) === 404) return undefined;
      throw error as Error;
    })) as KubeObject | undefined;
}

export const configMap = (name: string, value: string): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  value: ${value}
`;

export const deployment = (name: string, { replicas = 1, app = name, more = "" } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: ${app}}
  template:
    metadata:
      labels: {app: ${app}}
    spec:
      containers:
      - name: web
        image: web:1
${more}`;
