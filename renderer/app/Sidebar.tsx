import {
  Boxes,
  Cable,
  ChevronRight,
  Database,
  FileCog,
  House,
  KeyRound,
  Map as MapIcon,
  Network,
  Puzzle,
  Server,
  Shapes,
  ShieldCheck,
  type LucideIcon,
} from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ResourceRef } from "../../shared/contract.ts";
import { useForwards, useHome, useResource, useResources } from "../data/clusterState.ts";
import { resourceKey, resourceOf } from "../data/references.ts";
import { classNames } from "../ui/classNames.ts";
import { ClusterSwitcher } from "./ClusterSwitcher.tsx";
import { useKindNames } from "./kindNames.ts";
import { NamespacePicker } from "./NamespacePicker.tsx";
import { usePreferences } from "./preferences.ts";
import { pathTo, type PlainScreen } from "./routes.ts";
import { sidebarSections, type SidebarSection } from "./sidebarSections.ts";
import { useClusterId, usePlace, useWorkspace } from "./workspace.ts";

const icons: Record<SidebarSection["id"], LucideIcon> = {
  cluster: Server,
  workloads: Boxes,
  network: Network,
  config: FileCog,
  storage: Database,
  access: KeyRound,
  other: Shapes,
  custom: Puzzle,
};
/** Screens that are no list of a kind, in order. */
const screens: readonly { screen: PlainScreen; icon: LucideIcon }[] = [
  { screen: "map", icon: MapIcon },
  { screen: "access", icon: ShieldCheck },
  { screen: "forwards", icon: Cable },
];
const openAtFirst: readonly SidebarSection["id"][] = ["cluster", "workloads", "network", "config"];

const itemLook = "focus-inset flex h-7 w-full min-w-0 items-center gap-2 rounded-control px-2 text-left transition-colors";

function Badge({ count }: { count: number }) {
  const { t } = useTranslation();
  return (
    <span
      aria-label={t("sidebar.failing", { count })}
      className="min-w-4 rounded-full bg-failed-tint px-1 text-center text-meta font-medium text-failed tabular-nums"
    >
      {count}
    </span>
  );
}

function KindItem({ cluster, resource, active, failing }: { cluster: string; resource: ResourceRef; active: boolean; failing: number }) {
  const { t } = useTranslation();
  const { plural } = useKindNames(resource, useResource(cluster, resource));
  const { navigate, openTab } = useWorkspace.getState();
  return (
    <li>
      <button
        type="button"
        aria-label={plural}
        title={failing > 0 ? t("sidebar.failing", { count: failing }) : undefined}
        aria-current={active ? "page" : undefined}
        onClick={(event) => (event.ctrlKey || event.metaKey ? openTab(pathTo.list(cluster, resource)) : navigate(pathTo.list(cluster, resource)))}
        className={classNames(itemLook, "pl-7", active ? "bg-selected font-medium" : "text-muted-foreground hover:bg-hover hover:text-foreground")}
      >
        <span className="min-w-0 flex-1 truncate">{plural}</span>
        {failing > 0 ? <Badge count={failing} /> : null}
      </button>
    </li>
  );
}

function SectionItems({
  cluster,
  section,
  activeKey,
  failing,
}: {
  cluster: string;
  section: SidebarSection;
  activeKey: string;
  failing: ReadonlyMap<string, number>;
}) {
  const { t } = useTranslation();
  const openSections = usePreferences((state) => state.openSections);
  const set = usePreferences((state) => state.set);
  const open = openSections[section.id] ?? openAtFirst.includes(section.id);
  const Icon = icons[section.id];
  const hidden = open ? 0 : section.resources.reduce((sum, resource) => sum + (failing.get(resourceKey(resource)) ?? 0), 0);
  return (
    <li className="mt-1">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => set({ openSections: { ...openSections, [section.id]: !open } })}
        className={classNames(itemLook, "font-medium hover:bg-hover")}
      >
        <Icon size={14} aria-hidden className="text-muted-foreground" />
        <span className="flex-1">{t(`sidebar.sections.${section.id}`)}</span>
        {hidden > 0 ? <Badge count={hidden} /> : null}
        <ChevronRight size={13} aria-hidden className={classNames("text-muted-foreground transition-transform", open && "rotate-90")} />
      </button>
      {open ? (
        <ul>
          {section.resources.map((resource) => (
            <KindItem
              key={resourceKey(resource)}
              cluster={cluster}
              resource={resourceOf(resource)}
              active={activeKey === resourceKey(resource)}
              failing={failing.get(resourceKey(resource)) ?? 0}
            />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

interface ScreenItemProps {
  icon: LucideIcon;
  title: string;
  active: boolean;
  failing?: number;
  onClick(): void;
}

/** A screen that is no list of a kind. */
function ScreenItem({ icon: Icon, title, active, failing = 0, onClick }: ScreenItemProps) {
  return (
    <li>
      <button
        type="button"
        aria-current={active ? "page" : undefined}
        onClick={onClick}
        className={classNames(itemLook, "font-medium", active ? "bg-selected" : "hover:bg-hover")}
      >
        <Icon size={14} aria-hidden className="text-muted-foreground" />
        <span className="flex-1">{title}</span>
        {failing > 0 ? <Badge count={failing} /> : null}
      </button>
    </li>
  );
}

/** Cluster, namespaces, and every kind that the cluster offers. */
export function Sidebar() {
  const { t } = useTranslation();
  const cluster = useClusterId();
  const place = usePlace();
  const resources = useResources(cluster);
  const sections = useMemo(() => sidebarSections(resources), [resources]);
  const { message: home } = useHome(cluster);
  const failing = useMemo(() => new Map((home?.counts ?? []).map((count) => [resourceKey(count.resource), count.failing])), [home]);
  const navigate = useWorkspace((state) => state.navigate);
  const failedForwards = useForwards().filter(({ state }) => state === "failed").length;
  const activeKey = place.screen === "list" ? resourceKey(place.resource) : place.screen === "object" ? resourceKey(place.target.object) : "";
  return (
    <nav aria-label={t("sidebar.label")} data-region className="flex h-full w-56 shrink-0 flex-col border-r border-border bg-sidebar" tabIndex={-1}>
      <div className="flex flex-col gap-1.5 p-2">
        <ClusterSwitcher />
        <NamespacePicker />
      </div>
      <ul className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        <ScreenItem icon={House} title={t("sidebar.home")} active={place.screen === "home"} onClick={() => navigate(pathTo.home(cluster))} />
        {screens.map(({ screen, icon }) => (
          <ScreenItem
            key={screen}
            icon={icon}
            title={t(`${screen}.screen`)}
            active={place.screen === screen}
            onClick={() => navigate(pathTo.plain(cluster, screen))}
            failing={screen === "forwards" ? failedForwards : 0}
          />
        ))}
        {sections.map((section) => (
          <SectionItems key={section.id} cluster={cluster} section={section} activeKey={activeKey} failing={failing} />
        ))}
      </ul>
    </nav>
  );
}
