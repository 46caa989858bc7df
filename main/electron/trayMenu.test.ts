import { expect, test, vi } from "vitest";
import type { ClusterSummary, EngineState, HomeMessage } from "../../shared/contract.ts";
import { healthOf, trayMenu, type TrayActions, type TrayFacts } from "./trayMenu.ts";

const engine = (phase: EngineState["phase"]): EngineState => ({ phase, steps: [], log: [], restarts: 0 });
const cluster = (id: string, name: string, kind: ClusterSummary["kind"]): ClusterSummary => ({
  id,
  name,
  kind,
  server: "https://127.0.0.1:6443",
  phase: "ready",
  protected: false,
  readOnly: false,
});
const home = (total: number, failing: number): HomeMessage => ({
  problems: [],
  apps: [
    {
      name: "frontend",
      namespace: "default",
      owner: { group: "apps", version: "v1", resource: "deployments", namespace: "default", name: "frontend" },
      ready: 3,
      desired: 3,
      status: "running",
      url: "http://127.0.0.1:30080",
    },
  ],
  nodes: [],
  recent: [],
  counts: [{ resource: { group: "", version: "v1", resource: "pods" }, total, failing }],
  freshness: { state: "live", at: 0 } as unknown as HomeMessage["freshness"],
});
const facts = (change: Partial<TrayFacts> = {}): TrayFacts => ({ engine: engine("ready"), clusters: [], startsAtLogin: false, ...change });

test.each<[Partial<TrayFacts>, string]>([
  [{ home: home(3, 0) }, "This computer: running, 3 pods"],
  [{ home: home(1, 1) }, "This computer: running, 1 pod, 1 failing"],
  [{ engine: engine("starting") }, "This computer: starting…"],
  [{ engine: engine("crash-loop"), home: home(3, 0) }, "This computer: keeps failing"],
])("health", (change, expected) => {
  expect(healthOf(facts(change))).toBe(expected);
});

test("addresses and clusters are one click away", () => {
  const actions = { openUrl: vi.fn(), openCluster: vi.fn() } as unknown as TrayActions;
  const menu = trayMenu(
    facts({ home: home(3, 0), clusters: [cluster("local", "wherry", "local"), cluster("context:a#prod", "prod", "context")] }),
    actions,
  );
  const click = (label: string) => (menu.find((item) => item.label === label)!.click as () => void)();
  click("default/frontend: http://127.0.0.1:30080");
  expect(actions.openUrl).toHaveBeenCalledWith("http://127.0.0.1:30080");
  click("● prod");
  expect(actions.openCluster).toHaveBeenCalledWith("context:a#prod");
});

test.each<[EngineState["phase"], string]>([
  ["ready", "Stop the cluster"],
  ["crash-loop", "Start the cluster"],
])("an engine that is %s", (phase, label) => {
  expect(trayMenu(facts({ engine: engine(phase) }), {} as TrayActions).map((item) => item.label)).toContain(label);
});
