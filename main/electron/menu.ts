import { Menu, type MenuItemConstructorOptions } from "electron";

/** The platform's usual menus. Keys of the window's own actions belong to the window. */
export function installMenu(): void {
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === "darwin" ? [{ role: "appMenu" } as const] : []),
    // Ctrl+W and ⌘W close a tab in the window.
    { label: "File", submenu: [process.platform === "darwin" ? { role: "close", accelerator: "Shift+Cmd+W" } : { role: "quit" }] },
    { role: "editMenu" },
    {
      label: "View",
      submenu: [{ role: "resetZoom" }, { role: "zoomIn" }, { role: "zoomOut" }, { type: "separator" }, { role: "togglefullscreen" }],
    },
    { label: "Window", role: "window", submenu: [{ role: "minimize" }, { role: "zoom" }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
