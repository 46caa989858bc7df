import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { _electron, chromium, type Page } from "playwright";
import { electronPath } from "../../main/setup/electron.ts";
import { runningEngine } from "../../cluster-engine/dataDir.ts";
import { eventually, run } from "./machine.ts";
import { temporaryDataDir } from "./wherry.ts";

export interface RunningApp {
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
  /** The desktop entry of the installed app, instead of the working tree. */
  desktopEntry?: string | undefined;
  env?: Record<string, string>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Starts the real app on a data dir of its own, with no other kubeconfig, and waits for its window. */
export async function startApp({ runtime = "docker", dataDir = temporaryDataDir(), desktopEntry, env = {} }: AppOptions = {}): Promise<RunningApp> {
  const options = [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), `--data-dir=${dataDir}`, `--runtime=${runtime}`];
  const environment = { ...(process.env as Record<string, string>), KUBECONFIG: join(dataDir, "no-other-kubeconfig"), ...env };
  const begun = performance.now();
  const { page, close } = await (desktopEntry ? launchInstalled(desktopEntry, options, environment) : launchTree(options, environment));
  await page.getByRole("navigation").first().waitFor();
  const interactiveMs = performance.now() - begun;
  const quit = async () => {
    await close();
    await eventually(() => runningEngine(dataDir) === undefined, 20_000);
  };
  return {
    page,
    dataDir,
    interactiveMs,
    picture: async (name) => void (await page.screenshot({ path: join(root, "screenshots", `${name}.png`) })),
    drop: (paths) => dropFiles(page, paths),
    // Playwright stands for the system, whose theme the window follows.
    setTheme: (theme) => page.emulateMedia({ colorScheme: theme === "Dark" ? "dark" : "light" }),
    quit,
    async destroy() {
      await quit();
      if (runtime !== "simulated") run(process.execPath, [join(root, "out/main/cli.js"), "stop", "--pods", "--data-dir", dataDir]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface Launched {
  page: Page;
  close(): Promise<void>;
}

async function launchTree(options: string[], env: Record<string, string>): Promise<Launched> {
  const app = await _electron.launch({ executablePath: electronPath((text) => console.error(text)), args: [root, ...options], env });
  return { page: await app.firstWindow(), close: () => app.close() };
}

const debuggingPort = 19_222;

/** Runs what the desktop entry runs. Its fuses refuse a Node debugger: it is driven as any Chromium is. */
async function launchInstalled(desktopEntry: string, options: string[], env: Record<string, string>): Promise<Launched> {
  const [program] = /^Exec=(\S+)/m.exec(readFileSync(desktopEntry, "utf8"))!.slice(1) as [string];
  const child = spawn(program, [...options, `--remote-debugging-port=${debuggingPort}`], { env, stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${debuggingPort}`;
  await eventually(
    () =>
      fetch(`${endpoint}/json/version`).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
  );
  const browser = await chromium.connectOverCDP(endpoint);
  const context = browser.contexts()[0]!;
  return {
    page: context.pages()[0] ?? (await context.waitForEvent("page")),
    async close() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      await browser.close();
    },
  };
}

/** A real drop: the page sees files with their true paths. */
async function dropFiles(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: width / 2, y: height / 2, data });
}
