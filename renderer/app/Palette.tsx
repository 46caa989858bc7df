import {
  Box,
  Boxes,
  Camera,
  FileUp,
  Globe,
  House,
  Map as MapIcon,
  Layers,
  Monitor,
  Moon,
  PanelBottom,
  PanelLeft,
  Plus,
  Server,
  Settings,
  ShieldCheck,
  Sun,
  Undo2,
  type LucideIcon,
} from "lucide-react";
import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiResource, PaletteHit } from "../../shared/contract.ts";
import { useCluster, useClusters, useResources } from "../data/clusterState.ts";
import { objectKey, resourceKey, resourceOf } from "../data/references.ts";
import { useReceipts } from "../data/receipts.ts";
import { useConnection } from "../data/services.tsx";
import { useCommands } from "../data/useCommands.ts";
import { openFilePicker } from "../features/plan/fileInput.ts";
import { Kbd } from "../ui/Kbd.tsx";
import { overlayPanel } from "../ui/Menu.tsx";
import { useSwitchCluster } from "./ClusterSwitcher.tsx";
import { useDialogs } from "./dialogs.ts";
import { keysOf, type KeyId } from "./keys.ts";
import { pluralOf } from "./kindNames.ts";
import { usePreferences } from "./preferences.ts";
import { pathTo } from "./routes.ts";
import { useClusterId, useWorkspace } from "./workspace.ts";

interface PaletteAction {
  id: string;
  label: string;
  icon: LucideIcon;
  keys?: KeyId;
  run(): void;
}

function useActions(): PaletteAction[] {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const kind = useCluster(cluster)?.kind;
  const { navigate, openTab, toggleDock } = useWorkspace.getState();
  const { set, sidebarOpen } = usePreferences();
  const { open } = useDialogs.getState();
  const { undo } = useCommands();
  const last = useReceipts(({ list }) => list.find((receipt) => receipt.undoable && !receipt.undone));
  return [
    { id: "openFiles", label: t("drop.openFiles"), icon: FileUp, keys: "openFiles", run: openFilePicker },
    { id: "home", label: t("keys.names.goHome"), icon: House, keys: "goHome", run: () => navigate(pathTo.home(cluster)) },
    { id: "map", label: t("keys.names.goMap"), icon: MapIcon, keys: "goMap", run: () => navigate(pathTo.plain(cluster, "map")) },
    { id: "access", label: t("keys.names.goAccess"), icon: ShieldCheck, keys: "goAccess", run: () => navigate(pathTo.plain(cluster, "access")) },
    ...(kind === "local" ? [{ id: "snapshots", label: t("snapshots.open"), icon: Camera, run: () => open("snapshots") }] : []),
    { id: "newTab", label: t("tabs.new"), icon: Plus, keys: "newTab", run: () => openTab() },
    ...(last
      ? [{ id: "undo", label: t("palette.undo", { title: last.title }), icon: Undo2, keys: "undo" as const, run: () => void undo(last) }]
      : []),
    { id: "sidebar", label: t("keys.names.sidebar"), icon: PanelLeft, keys: "sidebar", run: () => set({ sidebarOpen: !sidebarOpen }) },
    { id: "dock", label: t("keys.names.dock"), icon: PanelBottom, keys: "dock", run: toggleDock },
    { id: "light", label: t("palette.theme", { theme: t("settings.themes.light") }), icon: Sun, run: () => set({ theme: "light" }) },
    { id: "dark", label: t("palette.theme", { theme: t("settings.themes.dark") }), icon: Moon, run: () => set({ theme: "dark" }) },
    { id: "system", label: t("palette.theme", { theme: t("settings.themes.system") }), icon: Monitor, run: () => set({ theme: "system" }) },
    { id: "keys", label: t("keys.title"), icon: Boxes, keys: "help", run: () => open("keys") },
    { id: "settings", label: t("settings.title"), icon: Settings, keys: "settings", run: () => open("settings") },
  ];
}

const searchDelay = 80;
const noHits: PaletteHit[] = [];

/** Objects, kinds and namespaces that services find for a query. */
function useHits(cluster: string, query: string): PaletteHit[] {
  const connection = useConnection();
  const [hits, setHits] = useState<PaletteHit[]>([]);
  useEffect(() => {
    if (query.trim() === "") return;
    let wanted = true;
    const timer = setTimeout(() => {
      connection.request("palette.search", { cluster, query: query.slice(0, 200), limit: 30 }).then(
        (found) => wanted && setHits(found),
        () => undefined,
      );
    }, searchDelay);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [connection, cluster, query]);
  return query.trim() === "" ? noHits : hits;
}

const matches = (text: string, query: string): boolean =>
  query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));

const hitIcons: Record<PaletteHit["kind"], LucideIcon> = { object: Box, resource: Boxes, cluster: Globe, namespace: Layers };

function Item({
  value,
  icon: Icon,
  title,
  subtitle,
  keys,
  onSelect,
}: {
  value: string;
  icon: LucideIcon;
  title: string;
  subtitle?: string | undefined;
  keys?: string | undefined;
  onSelect(): void;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex min-h-8 items-center gap-2.5 rounded-control px-2.5 data-[selected=true]:bg-selected"
    >
      <Icon size={15} aria-hidden className="shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1 truncate">
        {title}
        {subtitle ? <span className="ml-2 text-muted-foreground">{subtitle}</span> : null}
      </span>
      {keys ? <Kbd keys={keys} /> : null}
    </Command.Item>
  );
}

const headings =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-meta [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted-foreground";

function Results({ query, close }: { query: string; close(): void }) {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const prefix = /^[>:@#?]/.exec(query)?.[0];
  const text = prefix ? query.slice(1).trim() : query.trim();
  const actions = useActions().filter((action) => matches(action.label, text));
  const clusters = useClusters().filter((each) => matches(each.name, text));
  const resources = useResources(cluster);
  const isKind = (resource: ApiResource) =>
    resource.verbs.includes("watch") && (matches(`${resource.kind} ${resource.resource}`, text) || resource.shortNames.includes(text));
  const kinds = resources.filter(isKind).slice(0, text ? 12 : 8);
  const hits = useHits(cluster, prefix && prefix !== "#" ? "" : query);
  const switchCluster = useSwitchCluster();
  const { navigate, show, setNamespaces } = useWorkspace.getState();
  const then = (act: () => void) => () => {
    close();
    act();
  };
  const openHit = (hit: PaletteHit) => {
    if (hit.kind === "object" && hit.object) show({ cluster: hit.cluster, object: hit.object });
    else if (hit.resource) navigate(pathTo.list(hit.cluster, hit.resource));
    else if (hit.kind === "namespace") setNamespaces([hit.title]);
    else switchCluster(clusters.find((each) => each.id === hit.cluster) ?? clusters[0]!);
  };
  const objects = hits.filter((hit) => hit.kind === "object" || hit.kind === "namespace");
  return (
    <Command.List className="max-h-[52vh] overflow-y-auto p-1.5">
      <Command.Empty className="px-3 py-6 text-center text-muted-foreground">{t("palette.none")}</Command.Empty>
      {objects.length > 0 ? (
        <Command.Group heading={t("palette.objects")} className={headings}>
          {objects.map((hit) => (
            <Item
              key={`${hit.kind} ${hit.object ? objectKey(hit.object) : hit.title}`}
              value={`hit ${hit.kind} ${hit.object ? objectKey(hit.object) : hit.title}`}
              icon={hitIcons[hit.kind]}
              title={hit.title}
              subtitle={hit.subtitle}
              onSelect={then(() => openHit(hit))}
            />
          ))}
        </Command.Group>
      ) : null}
      {(!prefix || prefix === ":") && kinds.length > 0 ? (
        <Command.Group heading={t("palette.kinds")} className={headings}>
          {kinds.map((resource) => (
            <Item
              key={resourceKey(resource)}
              value={`kind ${resourceKey(resource)}`}
              icon={Boxes}
              title={pluralOf(resource.kind)}
              subtitle={resource.group}
              onSelect={then(() => navigate(pathTo.list(cluster, resourceOf(resource))))}
            />
          ))}
        </Command.Group>
      ) : null}
      {(!prefix || prefix === ">" || prefix === "?") && actions.length > 0 ? (
        <Command.Group heading={t("palette.actions")} className={headings}>
          {actions.map((action) => (
            <Item
              key={action.id}
              value={`action ${action.id}`}
              icon={action.icon}
              title={action.label}
              keys={action.keys && keysOf(action.keys)}
              onSelect={then(action.run)}
            />
          ))}
        </Command.Group>
      ) : null}
      {(!prefix || prefix === "@") && clusters.length > 0 ? (
        <Command.Group heading={t("palette.clusters")} className={headings}>
          {clusters.map((each) => (
            <Item
              key={each.id}
              value={`cluster ${each.id}`}
              icon={Server}
              title={each.name}
              subtitle={each.source ?? each.server}
              onSelect={then(() => switchCluster(each))}
            />
          ))}
        </Command.Group>
      ) : null}
    </Command.List>
  );
}

/** Objects, kinds, clusters and actions by typing. */
export function Palette() {
  const { t } = useTranslation();
  const close = useDialogs((state) => state.close);
  const [query, setQuery] = useState("");
  return (
    <Radix.Root open onOpenChange={(open) => (open ? undefined : close())}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className={`${overlayPanel} fixed top-[12vh] left-1/2 w-[min(40rem,calc(100vw-2rem))] -translate-x-1/2 rounded-dialog`}
        >
          <Radix.Title className="sr-only">{t("palette.title")}</Radix.Title>
          <Command shouldFilter={false} loop label={t("palette.title")}>
            <Command.Input
              value={query}
              onValueChange={setQuery}
              placeholder={t("palette.hint")}
              className="h-11 w-full border-b border-border bg-transparent px-4 text-lead outline-none"
            />
            <Results query={query} close={close} />
            <p className="border-t border-border px-4 py-1.5 text-meta text-muted-foreground">{t("palette.prefixes")}</p>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
