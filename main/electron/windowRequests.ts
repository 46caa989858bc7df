import { BrowserWindow, clipboard, dialog, ipcMain, nativeTheme, type IpcMainInvokeEvent } from "electron";
import { z } from "zod";
import { isOurPage, openExternal } from "./mainWindow.ts";
import type { Openings } from "./openings.ts";
import { SecretClipboard } from "./secretClipboard.ts";
import type { ServicesHost } from "./servicesHost.ts";

const secrets = new SecretClipboard(clipboard);
const text = z.string().max(50_000_000);
const theme = z.enum(["system", "light", "dark"]);

/** Answers what the preload script asks for. Every sender and every parameter is checked. */
export function serveWindow(services: ServicesHost, openings: Openings): void {
  const handle = (channel: string, answer: (event: IpcMainInvokeEvent, parameter: unknown) => unknown) =>
    ipcMain.handle(channel, (event, parameter: unknown) => {
      if (!isOurPage(event.senderFrame)) throw new Error("refused: not the app's own page");
      return answer(event, parameter);
    });
  handle("open-external", (_event, url) => openExternal(url));
  handle("copy", (_event, value) => clipboard.writeText(text.parse(value)));
  handle("copy-secret", (_event, value) => secrets.copy(text.parse(value)));
  handle("set-theme", (_event, value) => {
    nativeTheme.themeSource = theme.parse(value);
  });
  handle("ask-save-path", async (event, suggested) => {
    const window = BrowserWindow.fromWebContents(event.sender);
    const options = { defaultPath: text.parse(suggested) };
    const { canceled, filePath } = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
    return canceled ? null : filePath;
  });
  ipcMain.on("listen-openings", (event) => {
    if (isOurPage(event.senderFrame)) openings.listen(event.sender);
  });
  ipcMain.on("request-port", (event) => {
    if (isOurPage(event.senderFrame)) services.addWindow(event.sender);
  });
}
