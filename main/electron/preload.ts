import { contextBridge, ipcRenderer, webUtils } from "electron";
import type { Opening, WindowHost } from "../../shared/windowHost.ts";

// The only bridge between the window and the app. Runs in the sandbox.

const platform = process.platform as WindowHost["platform"];
const version = process.argv.find((argument) => argument.startsWith("--wherry-version="))?.slice("--wherry-version=".length) ?? "";

const host: WindowHost = {
  platform,
  version,
  pathOf: (file) => webUtils.getPathForFile(file),
  openExternal: (url) => ipcRenderer.invoke("open-external", url) as Promise<void>,
  askSavePath: (suggested) => ipcRenderer.invoke("ask-save-path", suggested) as Promise<string | null>,
  copy: (text) => ipcRenderer.invoke("copy", text) as Promise<void>,
  copySecret: (text) => ipcRenderer.invoke("copy-secret", text) as Promise<void>,
  setTheme: (theme) => ipcRenderer.invoke("set-theme", theme) as Promise<void>,
  onOpened: (listener) => {
    ipcRenderer.removeAllListeners("opened");
    ipcRenderer.on("opened", (_event, opening: Opening) => listener(opening));
    ipcRenderer.send("listen-openings");
  },
  requestPort: () => ipcRenderer.send("request-port"),
};
contextBridge.exposeInMainWorld("wherry", host);

ipcRenderer.on("wherry:port", (event) => window.postMessage({ type: "wherry:port" }, "*", event.ports));
