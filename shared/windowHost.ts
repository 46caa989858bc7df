/** What the desktop asks a window to open: files and folders by path, a `wherry://` link, a cluster by its id. */
export type Opening = { paths: string[] } | { link: string } | { cluster: string };

/** What the preload script puts on `window.wherry`. */
export interface WindowHost {
  platform: "darwin" | "linux" | "win32";
  version: string;
  /** Path on disk of a dropped or chosen file. */
  pathOf(file: File): string;
  openExternal(url: string): Promise<void>;
  /** Asks for a file name to save to; null when cancelled. */
  askSavePath(suggested: string): Promise<string | null>;
  copy(text: string): Promise<void>;
  /** Copies, and clears the clipboard after a minute unless something else was copied since. */
  copySecret(text: string): Promise<void>;
  setTheme(theme: "system" | "light" | "dark"): Promise<void>;
  /** Calls back with what the desktop asks to open: what waits already, and whatever comes. One listener a window. */
  onOpened(listener: (opening: Opening) => void): void;
  /** The port to services arrives as a window message `{ type: "wherry:port" }`; again after services restarted. */
  requestPort(): void;
}
