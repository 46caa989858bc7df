import { PanelBottom, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCluster, useEngine, useHome } from "../data/clusterState.ts";
import { useReceipts } from "../data/receipts.ts";
import { useCommands } from "../data/useCommands.ts";
import { formatBytes, formatCores } from "../ui/format.ts";
import { Status } from "../ui/Status.tsx";
import { Tooltip } from "../ui/Tooltip.tsx";
import { phaseStatus } from "./clusterLook.tsx";
import { keysOf } from "./keys.ts";
import { useClusterId, useWorkspace } from "./workspace.ts";

const itemLook = "inline-flex h-6 items-center gap-1.5 rounded-control px-1.5";

function Load({ cluster }: { cluster: string }) {
  const { t } = useTranslation();
  const { message: home } = useHome(cluster);
  const measured = (home?.nodes ?? []).filter((node) => node.cpu !== undefined && node.memory !== undefined);
  if (measured.length === 0) return null;
  const sum = (pick: (node: (typeof measured)[number]) => number) => measured.reduce((total, node) => total + pick(node), 0);
  return (
    <>
      <span className={itemLook}>
        CPU{" "}
        <span className="tabular-nums">
          {t("statusBar.usedOf", { used: formatCores(sum((node) => node.cpu!)), total: formatCores(sum((node) => node.cpuCapacity)) })}
        </span>
      </span>
      <span className={itemLook}>
        {t("metrics.memory")}{" "}
        <span className="tabular-nums">
          {t("statusBar.usedOf", { used: formatBytes(sum((node) => node.memory!)), total: formatBytes(sum((node) => node.memoryCapacity)) })}
        </span>
      </span>
    </>
  );
}

/** Watch state, latency, load, the last change with its undo. */
export function StatusBar() {
  const { t } = useTranslation();
  const id = useClusterId();
  const cluster = useCluster(id);
  const engine = useEngine();
  const dock = useWorkspace((state) => state.dock);
  const toggleDock = useWorkspace((state) => state.toggleDock);
  const last = useReceipts((state) => state.list[0]);
  const { undo } = useCommands();
  const local = cluster?.kind === "local";
  return (
    <footer
      data-region
      tabIndex={-1}
      aria-label={t("statusBar.label")}
      className="flex h-7 shrink-0 items-center gap-2 border-t border-border bg-sidebar px-2 text-meta text-muted-foreground"
    >
      {cluster ? (
        <Status status={phaseStatus[cluster.phase]} text={t(`clusters.phases.${cluster.phase}`)} className="px-1" />
      ) : (
        <span className="px-1">{t("statusBar.connecting")}</span>
      )}
      {cluster?.latencyMs === undefined ? null : (
        <span className={`${itemLook} tabular-nums`}>{t("statusBar.latency", { ms: Math.round(cluster.latencyMs) })}</span>
      )}
      {local && engine?.runtime ? (
        engine.runtime.simulated ? (
          <Tooltip text={t("engine.simulatedBody")} side="top">
            <button type="button" className={`${itemLook} bg-pending-tint font-medium text-pending`}>
              {t("engine.simulatedLabel")}
            </button>
          </Tooltip>
        ) : (
          <span className={itemLook}>
            {engine.runtime.name} {engine.runtime.version}
          </span>
        )
      ) : null}
      {local && engine && engine.restarts > 0 ? (
        <span className={`${itemLook} text-pending`}>{t("statusBar.restarted", { count: engine.restarts })}</span>
      ) : null}
      <Load cluster={id} />
      <span className="flex-1" />
      {last ? (
        <span className="flex min-w-0 items-center gap-1">
          <span className="truncate">{last.undone ? t("statusBar.undone", { title: last.title }) : last.title}</span>
          {last.undoable && !last.undone ? (
            <button type="button" onClick={() => void undo(last)} className={`${itemLook} text-link hover:bg-hover`}>
              <Undo2 size={12} aria-hidden />
              {t("commands.undo")}
            </button>
          ) : null}
        </span>
      ) : null}
      <Tooltip text={t("keys.names.dock")} keys={keysOf("dock")} side="top">
        <button
          type="button"
          aria-pressed={dock.open}
          aria-label={t("keys.names.dock")}
          onClick={toggleDock}
          className={`${itemLook} hover:bg-hover hover:text-foreground`}
        >
          <PanelBottom size={14} aria-hidden />
          {dock.panels.length > 0 ? <span className="tabular-nums">{dock.panels.length}</span> : null}
        </button>
      </Tooltip>
    </footer>
  );
}
