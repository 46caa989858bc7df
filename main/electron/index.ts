import { app, BrowserWindow } from "electron";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { dataPaths, defaultDataDir } from "../../cluster-engine/dataDir.ts";
import { backgroundFlag } from "./autostart.ts";
import { Closing } from "./closing.ts";
import { DesktopSettings } from "./desktopSettings.ts";
import { EngineHost } from "./engineHost.ts";
import { lockDown, openWindow } from "./mainWindow.ts";
import { installMenu } from "./menu.ts";
import { Openings } from "./openings.ts";
import { ServicesHost } from "./servicesHost.ts";
import { openTray } from "./tray.ts";
import { serveWindow } from "./windowRequests.ts";

// The app's main process: one instance, its window, and the two processes it supervises.

const option = (name: string): string | undefined => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

const dataDir = resolve(option("data-dir") ?? defaultDataDir());
const appDir = join(dataDir, "app");
const boundsFile = join(appDir, "window.json");
// One instance and one browser profile a data dir.
app.setPath("userData", appDir);

const systemImage = () => join(process.resourcesPath, "images/system.tar.gz");

/** What follows this flag is a line of the `wherry` command, run in this process and without a window. */
const cliFlag = process.argv.indexOf("--cli");
if (cliFlag >= 0) await runCommand(process.argv.slice(cliFlag + 1));
else if (app.requestSingleInstanceLock()) run();
else app.quit();

async function runCommand(line: string[]): Promise<void> {
  const { runCli } = await import("../cli/run.ts");
  if (app.isPackaged) process.env["WHERRY_SYSTEM_IMAGE"] = systemImage();
  app.exit(await runCli(line));
}

function run(): void {
  mkdirSync(appDir, { recursive: true, mode: 0o700 });
  const later: { services?: ServicesHost; tray?: { update(): void } } = {};
  const engine = new EngineHost(
    {
      dataDir,
      runtime: (option("runtime") as "auto" | "docker" | "simulated" | undefined) ?? "auto",
      nodes: Number(option("nodes") ?? 1),
      ...(app.isPackaged ? { systemImageArchive: systemImage() } : {}),
    },
    () => {
      later.services?.engineChanged();
      later.tray?.update();
    },
  );
  const services = new ServicesHost({ dataDir: appDir, localKubeconfig: dataPaths(dataDir).kubeconfig, kubeconfigPaths: kubeconfigPaths() }, engine);
  later.services = services;

  const closing = new Closing(new DesktopSettings(join(appDir, "desktop.json")));
  const show = () => showWindow(closing);
  const openings = new Openings(show);
  app.on("activate", show);
  quitCleanly(engine, services);
  void app.whenReady().then(() => {
    lockDown();
    installMenu();
    serveWindow(services, openings);
    if (!process.argv.includes(backgroundFlag)) show();
    // utilityProcess must not be forked before the app is ready.
    services.start();
    engine.start();
    const showCluster = (cluster?: string) => {
      show();
      if (cluster) openings.open({ cluster });
    };
    later.tray = openTray({ engine, services, show: showCluster });
  });
}

/** Brings the window to the front, and opens it where there is none. */
function showWindow(closing: Closing): void {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) return closing.watch(openWindow(boundsFile));
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Ends both processes before the app; pods keep running. */
function quitCleanly(engine: EngineHost, services: ServicesHost): void {
  let stopped = false;
  app.on("before-quit", (event) => {
    if (stopped) return;
    event.preventDefault();
    void Promise.all([engine.quit(), services.stop()]).finally(() => {
      stopped = true;
      app.quit();
    });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => app.quit());
}

function kubeconfigPaths(): string[] {
  const fromEnvironment = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  return fromEnvironment.length > 0 ? fromEnvironment : [join(homedir(), ".kube", "config")];
}
