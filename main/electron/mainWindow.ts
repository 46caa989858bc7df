import { app, BrowserWindow, nativeTheme, session, shell } from "electron";
import { join } from "node:path";
import { keepBounds, savedBounds } from "./windowState.ts";

const page = join(import.meta.dirname, "../renderer/index.html");
const pageUrl = () => new URL(`file://${page}`).href;

/** Opens the window: sandboxed, isolated, and fixed to its one local page. */
export function openWindow(boundsFile: string): BrowserWindow {
  const window = new BrowserWindow({
    ...savedBounds(boundsFile),
    minWidth: 760,
    minHeight: 480,
    title: "Wherry",
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#0f1014" : "#ffffff",
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(import.meta.dirname, "../preload/preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
      additionalArguments: [`--wherry-version=${app.getVersion()}`],
    },
  });
  keepBounds(window, boundsFile);
  window.once("ready-to-show", () => window.show());
  void window.loadFile(page);
  return window;
}

/** Refuses all that a page of ours never does: navigation, new windows, permissions, web views. */
export function lockDown(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  app.on("web-contents-created", (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: "deny" }));
    contents.on("will-navigate", (event) => event.preventDefault());
    contents.on("will-redirect", (event) => event.preventDefault());
    contents.on("will-attach-webview", (event) => event.preventDefault());
  });
}

/** Whether a message comes from our page and not from a frame or another page. */
export const isOurPage = (frame: Electron.WebFrameMain | null): boolean =>
  frame !== null && frame.parent === null && frame.url.split("#")[0] === pageUrl();

/** Opens a web address with the user's browser. @throws Error for anything that is not http or https. */
export async function openExternal(url: unknown): Promise<void> {
  const { protocol } = new URL(String(url));
  if (protocol !== "http:" && protocol !== "https:") throw new Error(`only web addresses are opened, not ${protocol}`);
  await shell.openExternal(String(url));
}
