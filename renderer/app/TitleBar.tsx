import { ArrowLeft, ArrowRight, Bell, ChevronRight, PanelLeft, Plus, Search, X } from "lucide-react";
import { Fragment, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useCluster } from "../data/clusterState.ts";
import { isMac } from "../data/host.ts";
import { useReceipts } from "../data/receipts.ts";
import { useCommands } from "../data/useCommands.ts";
import { Age } from "../ui/Age.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { classNames } from "../ui/classNames.ts";
import { Kbd } from "../ui/Kbd.tsx";
import { Popover } from "../ui/Popover.tsx";
import { keysOf } from "./keys.ts";
import { usePlaceTitle } from "./placeTitle.ts";
import { usePreferences } from "./preferences.ts";
import { parsePath, pathTo } from "./routes.ts";
import { SettingsMenu } from "./SettingsMenu.tsx";
import { currentEntry, useNamespaces, usePlace, useTab, useWorkspace, type Tab } from "./workspace.ts";

function Breadcrumb() {
  const { t } = useTranslation();
  const place = usePlace();
  const cluster = useCluster(place.cluster);
  const namespaces = useNamespaces();
  const title = usePlaceTitle(place);
  const kind = usePlaceTitle(place.screen === "object" ? { screen: "list", cluster: place.cluster, resource: place.target.object } : place);
  const navigate = useWorkspace((state) => state.navigate);
  const namespace =
    place.screen === "object" ? place.target.object.namespace : place.screen === "list" && namespaces.length === 1 ? namespaces[0] : undefined;
  const parts: { text: string; path?: string }[] = [
    { text: cluster?.name ?? place.cluster, path: pathTo.home(place.cluster) },
    ...(namespace ? [{ text: namespace }] : []),
    ...(place.screen === "object"
      ? [
          {
            text: kind,
            path: pathTo.list(place.cluster, {
              group: place.target.object.group,
              version: place.target.object.version,
              resource: place.target.object.resource,
            }),
          },
        ]
      : []),
    ...(place.screen === "home" ? [] : [{ text: title }]),
  ];
  return (
    <nav aria-label={t("titleBar.breadcrumb")} className="flex min-w-0 items-center gap-1">
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 ? <ChevronRight size={13} aria-hidden className="shrink-0 text-muted-foreground" /> : null}
          {part.path && index < parts.length - 1 ? (
            <button
              type="button"
              onClick={() => navigate(part.path!)}
              className="h-6 truncate rounded-control px-1 text-muted-foreground hover:bg-hover hover:text-foreground"
            >
              {part.text}
            </button>
          ) : (
            <span
              aria-current={index === parts.length - 1 ? "page" : undefined}
              className={classNames("truncate px-1", index === parts.length - 1 ? "font-medium" : "text-muted-foreground")}
            >
              {part.text}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  );
}

/** What was changed from this window, each with its undo. */
function Changes() {
  const { t } = useTranslation();
  const list = useReceipts((state) => state.list);
  const { undo } = useCommands();
  return (
    <Popover label={t("titleBar.changes")} align="end" className="w-96" trigger={<IconButton icon={Bell} label={t("titleBar.changes")} />}>
      <h2 className="border-b border-border px-3 py-2 font-semibold">{t("titleBar.changes")}</h2>
      {list.length === 0 ? <p className="px-3 py-3 text-muted-foreground">{t("titleBar.noChanges")}</p> : null}
      <ul className="max-h-96 overflow-y-auto">
        {list.map((receipt) => (
          <li key={receipt.id} className="flex items-center gap-2 border-t border-border px-3 py-2 first:border-t-0">
            <span className="min-w-0 flex-1">
              <span className={classNames("block truncate", receipt.undone && "text-muted-foreground line-through")}>{receipt.title}</span>
              <span className="block truncate font-mono text-meta text-muted-foreground" title={receipt.kubectl}>
                {receipt.kubectl}
              </span>
            </span>
            <Age at={receipt.at} className="text-meta text-muted-foreground tabular-nums" />
            {receipt.undoable && !receipt.undone ? <Button onClick={() => void undo(receipt)}>{t("commands.undo")}</Button> : null}
          </li>
        ))}
      </ul>
    </Popover>
  );
}

function TabItem({ tab, active, alone }: { tab: Tab; active: boolean; alone: boolean }) {
  const { t } = useTranslation();
  const { activateTab, closeTab } = useWorkspace.getState();
  const place = parsePath(currentEntry(tab).path);
  const title = usePlaceTitle(place);
  const cluster = useCluster(place.cluster);
  return (
    <div
      role="presentation"
      className={classNames(
        "group/tab flex h-8 max-w-52 min-w-0 items-center border-r border-border",
        active ? "bg-background" : "text-muted-foreground hover:bg-hover hover:text-foreground",
      )}
    >
      <button
        type="button"
        role="tab"
        aria-selected={active}
        tabIndex={active ? 0 : -1}
        data-tab={tab.id}
        onClick={() => activateTab(tab.id)}
        onAuxClick={(event) => event.button === 1 && closeTab(tab.id)}
        onKeyDown={(event) => event.key === "Delete" && closeTab(tab.id)}
        aria-keyshortcuts="Delete"
        className="focus-inset flex h-full min-w-0 items-center gap-1.5 pr-1 pl-3"
        title={`${cluster?.name ?? place.cluster} › ${title}`}
      >
        <span className={classNames("truncate", active && "font-medium")}>{title}</span>
        {place.cluster === "local" ? null : <span className="max-w-20 truncate text-meta text-muted-foreground">{cluster?.name}</span>}
      </button>
      <IconButton
        icon={X}
        size="small"
        tabIndex={-1}
        aria-hidden
        label={t("tabs.close", { title })}
        onClick={() => closeTab(tab.id)}
        className={classNames("mr-1", alone ? "invisible" : active ? "" : "opacity-0 group-hover/tab:opacity-100")}
      />
    </div>
  );
}

/** Tabs, each with its cluster, namespaces, filter and history. */
export function TabStrip() {
  const { t } = useTranslation();
  const tabs = useWorkspace((state) => state.tabs);
  const active = useTab();
  const { activateTab, openTab } = useWorkspace.getState();
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = tabs[(tabs.findIndex((tab) => tab.id === active.id) + by + tabs.length) % tabs.length]!;
    activateTab(next.id);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <section aria-label={t("tabs.label")} className="flex h-8 shrink-0 items-center border-b border-border bg-sidebar">
      <div role="tablist" tabIndex={-1} aria-label={t("tabs.label")} onKeyDown={move} className="flex min-w-0 overflow-hidden">
        {tabs.map((tab) => (
          <TabItem key={tab.id} tab={tab} active={tab.id === active.id} alone={tabs.length === 1} />
        ))}
      </div>
      <IconButton icon={Plus} size="small" className="mx-1" label={t("tabs.new")} keys={keysOf("newTab")} onClick={() => openTab()} />
    </section>
  );
}

/** Back and forward, where we are, search, what was changed. */
export function TitleBar({ onSearch }: { onSearch(): void }) {
  const { t } = useTranslation();
  const tab = useTab();
  const { back, forward } = useWorkspace.getState();
  const sidebarOpen = usePreferences((state) => state.sidebarOpen);
  const set = usePreferences((state) => state.set);
  return (
    <header
      data-region
      tabIndex={-1}
      className={classNames("drag-region flex h-10 shrink-0 items-center gap-1 border-b border-border bg-sidebar px-2", isMac() && "pl-20")}
    >
      <IconButton
        icon={PanelLeft}
        label={sidebarOpen ? t("titleBar.hideSidebar") : t("titleBar.showSidebar")}
        keys={keysOf("sidebar")}
        onClick={() => set({ sidebarOpen: !sidebarOpen })}
      />
      <IconButton icon={ArrowLeft} label={t("titleBar.back")} keys={keysOf("back")} disabled={tab.at === 0} onClick={back} />
      <IconButton
        icon={ArrowRight}
        label={t("titleBar.forward")}
        keys={keysOf("forward")}
        disabled={tab.at >= tab.history.length - 1}
        onClick={forward}
      />
      <div className="mx-1 min-w-0 flex-1">
        <Breadcrumb />
      </div>
      <button
        type="button"
        onClick={onSearch}
        aria-label={t("titleBar.search")}
        className="flex h-7 w-72 shrink items-center gap-2 rounded-control border border-border bg-card px-2 text-muted-foreground hover:bg-hover"
      >
        <Search size={14} aria-hidden />
        <span className="flex-1 truncate text-left">{t("titleBar.searchHint")}</span>
        <Kbd keys={keysOf("palette")} />
      </button>
      <Changes />
      <SettingsMenu />
    </header>
  );
}
