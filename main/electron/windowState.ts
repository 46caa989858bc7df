import { screen, type BrowserWindow, type Rectangle } from "electron";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const fallback = { width: 1280, height: 820 };

/** Where the window was, when that is still on a screen. */
export function savedBounds(path: string): Partial<Rectangle> {
  try {
    const bounds = JSON.parse(readFileSync(path, "utf8")) as Rectangle;
    const { workArea } = screen.getDisplayMatching(bounds);
    const visible = bounds.x < workArea.x + workArea.width && bounds.y < workArea.y + workArea.height && bounds.x + bounds.width > workArea.x;
    return visible ? bounds : fallback;
  } catch {
    return fallback;
  }
}

export function keepBounds(window: BrowserWindow, path: string): void {
  window.on("close", () => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(window.getNormalBounds()));
  });
}
