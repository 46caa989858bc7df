import { app, Menu, nativeImage, Tray } from "electron";
import trayIcon from "./resources/trayIcon.png?inline";
import type { HomeMessage } from "../../shared/contract.ts";
import { setStartAtLogin, startsAtLogin } from "./autostart.ts";
import type { EngineHost } from "./engineHost.ts";
import { openExternal } from "./mainWindow.ts";
import type { ServicesHost } from "./servicesHost.ts";
import { healthOf, trayMenu, type TrayActions, type TrayFacts } from "./trayMenu.ts";

export interface TrayParts {
  engine: EngineHost;
  services: ServicesHost;
  /** Brings the window up, at a cluster when one is named. */
  show(cluster?: string): void;
}

/** The icon beside the clock: its menu is drawn anew when what it shows has changed. */
export function openTray({ engine, services, show }: TrayParts): { update(): void } {
  const tray = new Tray(nativeImage.createFromDataURL(trayIcon));
  const known: Pick<TrayFacts, "clusters" | "home"> = { clusters: [] };
  const actions: TrayActions = {
    open: () => show(),
    openCluster: (id) => show(id),
    openUrl: (url) => void openExternal(url),
    startEngine: () => engine.start(),
    stopEngine: () => void engine.stop(false),
    setStartAtLogin(on) {
      setStartAtLogin(on);
      update();
    },
    quit: () => app.quit(),
  };
  let drawn = "";
  const update = () => {
    const facts: TrayFacts = { ...known, engine: engine.state, startsAtLogin: startsAtLogin() };
    const menu = trayMenu(facts, actions);
    const look = JSON.stringify(menu);
    if (look === drawn) return;
    drawn = look;
    tray.setToolTip(healthOf(facts));
    tray.setContextMenu(Menu.buildFromTemplate(menu));
  };
  tray.on("click", () => show());
  services.onClient((client) => {
    let following = false;
    const followHome = () => {
      if (following || !known.clusters.some(({ id, phase }) => id === "local" && phase !== "down")) return;
      following = true;
      const show = (home: HomeMessage | undefined) => {
        known.home = home;
        update();
      };
      client.follow("home", { cluster: "local" }, show, () => {
        following = false;
        show(undefined);
      });
    };
    client.follow("clusters", {}, (clusters) => {
      known.clusters = clusters;
      followHome();
      update();
    });
  });
  update();
  return { update };
}
