import { ChevronDown, ScrollText, SquareTerminal, X } from "lucide-react";
import { lazy, Suspense, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button.tsx";
import { classNames } from "../ui/classNames.ts";
import { EmptyState, Skeleton } from "../ui/Notice.tsx";
import { keysOf } from "./keys.ts";
import { PartBoundary } from "./PartBoundary.tsx";
import { useWorkspace, type DockPanel } from "./workspace.ts";

const Logs = lazy(() => import("../features/logs/Logs.tsx"));
const Terminal = lazy(() => import("../features/terminal/Terminal.tsx"));

const icons = { logs: ScrollText, terminal: SquareTerminal };

function PanelTab({ panel, active }: { panel: DockPanel; active: boolean }) {
  const { t } = useTranslation();
  const { activatePanel, closePanel } = useWorkspace.getState();
  const Icon = icons[panel.kind];
  const { name } = panel.target.object;
  const label = panel.kind === "logs" ? (panel.previous ? t("dock.previousLogs", { name }) : t("dock.logs", { name })) : t("dock.terminal", { name });
  return (
    <div
      role="presentation"
      className={classNames(
        "group/tab flex h-8 max-w-64 min-w-0 items-center border-r border-border",
        active ? "bg-background" : "text-muted-foreground hover:bg-hover",
      )}
    >
      <button
        type="button"
        role="tab"
        aria-selected={active}
        aria-label={label}
        tabIndex={active ? 0 : -1}
        data-panel={panel.id}
        onClick={() => activatePanel(panel.id)}
        onKeyDown={(event) => event.key === "Delete" && closePanel(panel.id)}
        aria-keyshortcuts="Delete"
        className="focus-inset flex h-full min-w-0 items-center gap-1.5 pr-1 pl-3"
      >
        <Icon size={14} aria-hidden className="shrink-0 text-muted-foreground" />
        <span className={classNames("truncate", active && "font-medium")}>{name}</span>
        {panel.previous ? <span className="text-meta text-muted-foreground">{t("dock.previous")}</span> : null}
      </button>
      <IconButton
        icon={X}
        size="small"
        tabIndex={-1}
        aria-hidden
        label={t("tabs.close", { title: label })}
        className="mr-1"
        onClick={() => closePanel(panel.id)}
      />
    </div>
  );
}

/** Logs and terminals; they go on while other panels or screens are looked at. */
export function Dock() {
  const { t } = useTranslation();
  const dock = useWorkspace((state) => state.dock);
  const { activatePanel, toggleDock } = useWorkspace.getState();
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0 || dock.panels.length === 0) return;
    event.preventDefault();
    const at = dock.panels.findIndex((panel) => panel.id === dock.active);
    const next = dock.panels[(at + by + dock.panels.length) % dock.panels.length]!;
    activatePanel(next.id);
    event.currentTarget.querySelector<HTMLElement>(`[data-panel="${next.id}"]`)?.focus();
  };
  return (
    <section aria-label={t("dock.label")} data-region tabIndex={-1} className="flex h-full min-h-0 flex-col bg-background">
      <div className="flex h-8 shrink-0 items-center border-y border-border bg-sidebar">
        <div role="tablist" tabIndex={-1} aria-label={t("dock.label")} onKeyDown={move} className="flex min-w-0 flex-1 overflow-hidden">
          {dock.panels.map((panel) => (
            <PanelTab key={panel.id} panel={panel} active={panel.id === dock.active} />
          ))}
        </div>
        <IconButton icon={ChevronDown} size="small" className="mx-1" label={t("dock.hide")} keys={keysOf("dock")} onClick={toggleDock} />
      </div>
      <div className="min-h-0 flex-1">
        {dock.panels.length === 0 ? (
          <EmptyState icon={ScrollText} title={t("dock.empty")}>
            {t("dock.emptyBody")}
          </EmptyState>
        ) : null}
        {dock.panels.map((panel) => (
          <div key={panel.id} className={classNames("h-full", panel.id !== dock.active && "hidden")}>
            <PartBoundary name={t("dock.label")}>
              <Suspense fallback={<Skeleton className="m-4 w-1/3" />}>
                {panel.kind === "logs" ? (
                  <Logs target={panel.target} container={panel.container} previous={panel.previous} />
                ) : (
                  <Terminal
                    target={panel.target}
                    container={panel.container}
                    onLeave={() => document.querySelector<HTMLElement>(`[data-panel="${panel.id}"]`)?.focus()}
                  />
                )}
              </Suspense>
            </PartBoundary>
          </div>
        ))}
      </div>
    </section>
  );
}
