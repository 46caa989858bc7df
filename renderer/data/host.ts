import type { WindowHost } from "../../shared/windowHost.ts";

declare global {
  interface Window {
    wherry: WindowHost;
  }
}

/** What the preload script offers. */
export const host = (): WindowHost => window.wherry;

export const isMac = (): boolean => window.wherry.platform === "darwin";

/** Calls back with each port to services, now and after each restart of theirs, and asks for the first. */
export function onPort(attach: (port: MessagePort) => void): void {
  window.addEventListener("message", (event: MessageEvent) => {
    if (event.source !== window && event.source !== null) return;
    const port = event.ports[0];
    if ((event.data as { type?: string } | null)?.type === "wherry:port" && port) attach(port);
  });
  window.wherry.requestPort();
}
