import type { MenuItemConstructorOptions } from "electron";
import type { ClusterSummary, EngineState, HomeMessage } from "../../shared/contract.ts";

/** What the tray knows. */
export interface TrayFacts {
  engine: EngineState;
  clusters: ClusterSummary[];
  home?: HomeMessage | undefined;
  startsAtLogin: boolean;
}

export interface TrayActions {
  open(): void;
  openCluster(id: string): void;
  openUrl(url: string): void;
  startEngine(): void;
  stopEngine(): void;
  setStartAtLogin(on: boolean): void;
  quit(): void;
}

const phases: Record<EngineState["phase"], string> = {
  ready: "running",
  starting: "starting…",
  stopped: "stopped",
  failed: "failed to start",
  "crash-loop": "keeps failing",
};
const marks: Record<ClusterSummary["phase"], string> = { ready: "●", connecting: "◌", idle: "○", down: "✕", unauthorized: "✕" };

/** The health of the local cluster in one line. */
export function healthOf({ engine, home }: TrayFacts): string {
  const pods = home?.counts.find(({ resource }) => resource.group === "" && resource.resource === "pods");
  if (engine.phase !== "ready" || !pods) return `This computer: ${phases[engine.phase]}`;
  const failing = pods.failing > 0 ? `, ${pods.failing} failing` : "";
  return `This computer: ${phases.ready}, ${pods.total} ${pods.total === 1 ? "pod" : "pods"}${failing}`;
}

/** The tray's menu: health, addresses, clusters, and what can be done without a window. */
export function trayMenu(facts: TrayFacts, actions: TrayActions): MenuItemConstructorOptions[] {
  const { engine, clusters, home, startsAtLogin } = facts;
  const apps = (home?.apps ?? []).flatMap(({ name, namespace, url }) => (url ? [{ label: `${namespace}/${name}: ${url}`, url }] : []));
  const others = clusters.filter(({ kind }) => kind !== "local");
  const separator = { type: "separator" } as const;
  const stopped = engine.phase === "stopped" || engine.phase === "failed" || engine.phase === "crash-loop";
  return [
    { label: healthOf(facts), click: () => actions.openCluster("local") },
    ...(apps.length > 0 ? [separator, ...apps.map(({ label, url }) => ({ label, click: () => actions.openUrl(url) }))] : []),
    ...(others.length > 0
      ? [separator, ...others.map(({ id, name, phase }) => ({ label: `${marks[phase]} ${name}`, click: () => actions.openCluster(id) }))]
      : []),
    separator,
    { label: "Open Wherry", click: actions.open },
    stopped ? { label: "Start the cluster", click: actions.startEngine } : { label: "Stop the cluster", click: actions.stopEngine },
    { label: "Start at login", type: "checkbox", checked: startsAtLogin, click: ({ checked }) => actions.setStartAtLogin(checked) },
    separator,
    { label: "Quit", click: actions.quit },
  ];
}
