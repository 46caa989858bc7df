import { app, type WebContents } from "electron";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Opening } from "../../shared/windowHost.ts";
import { isLink, openingsOf } from "./arguments.ts";

/** What the desktop asked the app to open, kept until a window listens. */
export class Openings {
  #waiting: Opening[] = [];
  #window: WebContents | undefined;

  /** Takes what this start, later starts and the system ask for. `onAsked` brings a window to the front. */
  constructor(onAsked: () => void) {
    this.#take(asked(process.argv, process.cwd()));
    app.on("second-instance", (_event, argv, cwd) => {
      onAsked();
      this.#take(asked(argv, cwd));
    });
    // macOS tells files and links by events.
    app.on("open-file", (event, path) => {
      event.preventDefault();
      onAsked();
      this.#take([{ paths: [resolve(path)] }]);
    });
    app.on("open-url", (event, link) => {
      event.preventDefault();
      onAsked();
      if (isLink(link)) this.#take([{ link }]);
    });
  }

  /** From now on this window is told. */
  listen(window: WebContents): void {
    if (this.#window !== window) {
      this.#window = window;
      window.once("destroyed", () => {
        if (this.#window === window) this.#window = undefined;
      });
    }
    this.#flush();
  }

  /** Something of the app's own, such as its tray, asks. */
  open(opening: Opening): void {
    this.#take([opening]);
  }

  #take(openings: Opening[]): void {
    this.#waiting.push(...openings);
    this.#flush();
  }

  #flush(): void {
    if (!this.#window) return;
    for (const opening of this.#waiting.splice(0)) this.#window.send("opened", opening);
  }
}

const asked = (argv: readonly string[], cwd: string): Opening[] => openingsOf(argv, { cwd, appPath: app.getAppPath(), kindOf });

function kindOf(path: string): "file" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? "folder" : found?.isFile() ? "file" : undefined;
}
