import type { WindowHost } from "../shared/windowHost.ts";
import { FakeServices, type FakeOptions } from "./data/fakeServices.ts";
import { startWindow } from "./start.tsx";

/** The window over pretend services. `?engine=simulated&api=down&forbidden&empty&pods=30000&logLines=100000` say what they are like. */
const query = new URLSearchParams(location.search);
const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
const options = Object.fromEntries(
  Object.entries({
    engine: query.get("engine") ?? undefined,
    api: query.get("api") ?? undefined,
    forbidden: query.has("forbidden"),
    empty: query.has("empty"),
    pods: number("pods"),
    logLines: number("logLines"),
    logRate: number("logRate"),
  }).filter(([, value]) => value !== undefined),
) as FakeOptions;

let running: FakeServices | undefined;
const host: WindowHost = {
  platform: "linux",
  version: "0.1.0",
  pathOf: () => "",
  openExternal: async (url) => console.info(`open ${url}`),
  askSavePath: async (suggested) => `/tmp/${suggested}`,
  copy: async (text) => console.info(`copy ${text}`),
  copySecret: async () => console.info("copy a secret"),
  setTheme: async () => undefined,
  onOpened: () => undefined,
  requestPort: () => {
    running?.stop();
    const { port1, port2 } = new MessageChannel();
    running = new FakeServices(port2, options);
    window.postMessage({ type: "wherry:port" }, "*", [port1]);
  },
};
window.wherry = host;
await startWindow();
