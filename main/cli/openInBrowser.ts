import { spawn } from "node:child_process";

const openers: Partial<Record<NodeJS.Platform, string[]>> = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] };

/** Opens a URL with the user's browser; says so when there is none. */
export function openInBrowser(url: string): void {
  const [command = "xdg-open", ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore" });
  child.on("error", () => console.error(`no browser could be started: open ${url} yourself`));
  child.unref();
}
