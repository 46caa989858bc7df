import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { _electron, type ElectronApplication, type Page } from "playwright";
import { electronPath } from "../../main/setup/electron.ts";
import { runningEngine } from "../../cluster-engine/dataDir.ts";
import { eventually, run } from "./machine.ts";
import { temporaryDataDir } from "./wherry.ts";

export interface RunningApp {
  app: ElectronApplication;
  page: Page;
  dataDir: string;
  /** ms from the launch until the window could be used. */
  interactiveMs: number;
  /** Saves a picture under screenshots/. */
  picture(name: string): Promise<void>;
  /** Drops files on the middle of the window, as a file manager does. */
  drop(paths: string[]): Promise<void>;
  setTheme(theme: "Light" | "Dark"): Promise<void>;
  quit(): Promise<void>;
  /** Quits, and removes the pods and the data. */
  destroy(): Promise<void>;
}

export interface AppOptions {
  runtime?: "auto" | "docker" | "simulated";
  dataDir?: string;
  /** The packaged program instead of the working tree. */
  program?: string;
  env?: Record<string, string>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Starts the real app on a data dir of its own, with no other kubeconfig, and waits for its window. */
export async function startApp({ runtime = "docker", dataDir = temporaryDataDir(), program, env = {} }: AppOptions = {}): Promise<RunningApp> {
  const options = [`--data-dir=${dataDir}`, `--runtime=${runtime}`];
  const begun = performance.now();
  const app = await _electron.launch({
    executablePath: program ?? electronPath((text) => console.error(text)),
    args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), ...(program ? [] : [root]), ...options],
    env: { ...(process.env as Record<string, string>), KUBECONFIG: join(dataDir, "no-other-kubeconfig"), ...env },
  });
  const page = await app.firstWindow();
  await page.getByRole("navigation").first().waitFor();
  const interactiveMs = performance.now() - begun;
  const quit = async () => {
    await app.close();
    await eventually(() => runningEngine(dataDir) === undefined, 20_000);
  };
  return {
    app,
    page,
    dataDir,
    interactiveMs,
    picture: async (name) => void (await page.screenshot({ path: join(root, "screenshots", `${name}.png`) })),
    drop: (paths) => dropFiles(page, paths),
    setTheme: async (theme) => page.evaluate((value) => (window as unknown as { wherry: { setTheme(theme: string): Promise<void> } }).wherry.setTheme(value), theme.toLowerCase()),
    quit,
    async destroy() {
      await quit();
      if (runtime !== "simulated") run(process.execPath, [join(root, "out/main/cli.js"), "stop", "--pods", "--data-dir", dataDir]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A real drop: the page sees files with their true paths. */
async function dropFiles(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) await session.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
}
