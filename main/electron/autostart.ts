import { app } from "electron";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

// Starting at login: the system's own list on macOS and Windows, a desktop entry in the autostart folder elsewhere
// (Desktop Application Autostart Specification).

const entryFile = () => join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "autostart", "wherry.desktop");

export const startsAtLogin = (): boolean => (process.platform === "linux" ? existsSync(entryFile()) : app.getLoginItemSettings().openAtLogin);

/** In the background: without a window, until it is asked for. */
export const backgroundFlag = "--background";

export function setStartAtLogin(on: boolean): void {
  if (process.platform !== "linux") return app.setLoginItemSettings({ openAtLogin: on, args: [backgroundFlag] });
  const file = entryFile();
  if (!on) return rmSync(file, { force: true });
  mkdirSync(join(file, ".."), { recursive: true });
  const program = process.env["APPIMAGE"] ?? process.execPath;
  writeFileSync(
    file,
    `[Desktop Entry]\nType=Application\nName=Wherry\nExec="${program}" ${backgroundFlag}\nIcon=wherry\nX-GNOME-Autostart-enabled=true\n`,
  );
}
