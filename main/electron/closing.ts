import { app, dialog, type BrowserWindow } from "electron";
import type { DesktopSettings } from "./desktopSettings.ts";

/** Decides what closing the window means: asks, and remembers the answer unless told not to. */
export class Closing {
  readonly #settings: DesktopSettings;
  /** What was decided for this closing; nothing is asked then. */
  #decided: "keep" | "quit" | undefined;
  #asking = false;

  constructor(settings: DesktopSettings) {
    this.#settings = settings;
    app.on("before-quit", () => (this.#decided = "quit"));
    app.on("window-all-closed", () => {
      const decided = this.#decided ?? this.#settings.values.onClose;
      this.#decided = undefined;
      if (decided !== "keep") app.quit();
    });
  }

  watch(window: BrowserWindow): void {
    window.on("close", (event) => {
      if (this.#decided || this.#settings.values.onClose !== "ask") return;
      event.preventDefault();
      void this.#ask(window);
    });
  }

  async #ask(window: BrowserWindow): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const answer = await question(window).finally(() => (this.#asking = false));
    if (!answer) return;
    if (answer.remember) this.#settings.set({ onClose: answer.onClose });
    this.#decided = answer.onClose;
    if (!window.isDestroyed()) window.close();
  }
}

async function question(window: BrowserWindow): Promise<{ onClose: "keep" | "quit"; remember: boolean } | undefined> {
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: "question",
    title: "Wherry",
    message: "Keep the cluster running?",
    detail: "Its API and controllers can go on without a window: the tray icon, or starting Wherry again, brings it back. Pods run on either way.",
    buttons: ["Keep running", "Quit", "Cancel"],
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: "Don't ask again",
    checkboxChecked: true,
  });
  if (response === 2) return undefined;
  return { onClose: response === 0 ? "keep" : "quit", remember: checkboxChecked };
}
