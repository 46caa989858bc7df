import { type ComponentType, lazy, Suspense, useEffect, useRef } from "react";
import { Group, Panel, Separator, useDefaultLayout, type PanelImperativeHandle } from "react-resizable-panels";
import { useTranslation } from "react-i18next";
import { Toaster } from "sonner";
import { QuestionDialog } from "../features/actions/QuestionDialog.tsx";
import { ClusterState } from "../features/clusters/ClusterState.tsx";
import { Detail } from "../features/detail/Detail.tsx";
import { SnapshotsDialog } from "../features/snapshots/SnapshotsDialog.tsx";
import { ForwardDialog } from "../features/forwards/ForwardDialog.tsx";
import { ForwardsScreen } from "../features/forwards/ForwardsScreen.tsx";
import { Home } from "../features/home/Home.tsx";
import { ResourceList } from "../features/list/ResourceList.tsx";
import { DropTarget } from "../features/plan/DropTarget.tsx";
import { Openings } from "../features/plan/Openings.tsx";
import { useHome } from "../data/clusterState.ts";
import { LiveRegion } from "../ui/LiveRegion.tsx";
import { TooltipProvider } from "../ui/Tooltip.tsx";
import { useDialogs } from "./dialogs.ts";
import { Dock } from "./Dock.tsx";
import { KeysDialog } from "./KeysDialog.tsx";
import { Palette } from "./Palette.tsx";
import { PartBoundary } from "./PartBoundary.tsx";
import { usePlaceTitle } from "./placeTitle.ts";
import { usePreferences } from "./preferences.ts";
import { pathTo, type Place, type PlainScreen } from "./routes.ts";
import { SettingsDialog } from "./SettingsMenu.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { useResolvedTheme } from "./theme.ts";
import { TabStrip, TitleBar } from "./TitleBar.tsx";
import { useKeys } from "./useKeys.ts";
import { usePath, usePlace, useTab, useWorkspace } from "./workspace.ts";

const AccessScreen = lazy(() => import("../features/access/AccessScreen.tsx").then(({ AccessScreen: Screen }) => ({ default: Screen })));
const MapScreen = lazy(() => import("../features/map/MapScreen.tsx").then(({ MapScreen: Screen }) => ({ default: Screen })));
const PlanScreen = lazy(() => import("../features/plan/PlanScreen.tsx").then(({ PlanScreen: Screen }) => ({ default: Screen })));

const plainScreens: Record<PlainScreen, ComponentType<{ cluster: string }>> = {
  access: AccessScreen,
  forwards: ForwardsScreen,
  map: MapScreen,
};

function Screen({ place }: { place: Place }) {
  const navigate = useWorkspace((state) => state.navigate);
  if (place.screen === "home") return <Home cluster={place.cluster} />;
  if (place.screen === "list") return <ResourceList cluster={place.cluster} resource={place.resource} />;
  if (place.screen === "plan") {
    return (
      <Suspense fallback={null}>
        <PlanScreen key={place.plan} id={place.plan} />
      </Suspense>
    );
  }
  if (place.screen === "object") {
    return (
      <Detail
        target={place.target}
        section={place.section}
        inDrawer={false}
        onSection={(section) => navigate(pathTo.object(place.target, section))}
      />
    );
  }
  const Plain = plainScreens[place.screen];
  return (
    <Suspense fallback={null}>
      <Plain cluster={place.cluster} />
    </Suspense>
  );
}

function Main() {
  const { t } = useTranslation();
  const place = usePlace();
  const path = usePath();
  const tab = useTab();
  const title = usePlaceTitle(place);
  const { message } = useHome(place.cluster);
  return (
    <main aria-label={title} data-region tabIndex={-1} className="flex h-full min-h-0 min-w-0 flex-col outline-none">
      <div className="min-h-0 flex-1">
        <PartBoundary name={t("titleBar.screen")} key={path}>
          <ClusterState cluster={place.cluster} hasData={message !== undefined || place.screen === "plan" || place.screen === "forwards"}>
            <Screen key={`${tab.id} ${path}`} place={place} />
          </ClusterState>
        </PartBoundary>
      </div>
    </main>
  );
}

const handle = "relative bg-border transition-colors hover:bg-ring focus-visible:bg-ring data-[separator=active]:bg-ring";

function DrawerPanel() {
  const { t } = useTranslation();
  const drawer = useWorkspace((state) => state.drawer);
  const setSection = useWorkspace((state) => state.setSection);
  if (!drawer) return null;
  return (
    <aside aria-label={t("detail.drawer")} data-region tabIndex={-1} className="h-full min-h-0 outline-none">
      <PartBoundary name={t("detail.drawer")} key={JSON.stringify(drawer.target)}>
        <Detail key={JSON.stringify(drawer.target)} target={drawer.target} section={drawer.section} onSection={setSection} inDrawer />
      </PartBoundary>
    </aside>
  );
}

/** Opens and closes the dock with its parts mounted: terminals live on while it is hidden. */
function useDockPanel(open: boolean) {
  const panel = useRef<PanelImperativeHandle | null>(null);
  useEffect(() => {
    // A panel that was mounted just now knows its limits only after its group was laid out.
    const frame = requestAnimationFrame(() => {
      if (open && panel.current?.isCollapsed()) panel.current.expand();
      if (!open) panel.current?.collapse();
    });
    return () => cancelAnimationFrame(frame);
  }, [open]);
  return panel;
}

function Panes() {
  const drawerOpen = useWorkspace((state) => state.drawer !== null);
  const dockOpen = useWorkspace((state) => state.dock.open);
  const dockUsed = useWorkspace((state) => state.dock.panels.length > 0);
  const across = useDefaultLayout({ id: "drawer", panelIds: drawerOpen ? ["main", "drawer"] : ["main"], storage: localStorage });
  const dock = useDockPanel(dockOpen);
  const dockShown = dockOpen || dockUsed;
  return (
    <Group orientation="vertical" className="min-h-0 flex-1">
      <Panel id="top" minSize={160}>
        <Group orientation="horizontal" className="h-full" defaultLayout={across.defaultLayout} onLayoutChanged={across.onLayoutChanged}>
          <Panel id="main" minSize={320}>
            <Main />
          </Panel>
          {drawerOpen ? (
            <>
              <Separator className={`${handle} w-px`} />
              <Panel id="drawer" defaultSize="42" minSize={360}>
                <DrawerPanel />
              </Panel>
            </>
          ) : null}
        </Group>
      </Panel>
      {dockShown ? (
        <>
          <Separator className={dockOpen ? `${handle} h-px` : "hidden"} />
          <Panel
            id="dock"
            panelRef={dock}
            collapsible
            collapsedSize={0}
            defaultSize="38"
            minSize={120}
            className={dockOpen ? undefined : "invisible"}
          >
            <Dock />
          </Panel>
        </>
      ) : null}
    </Group>
  );
}

/** The window. */
export function App() {
  useKeys();
  const { t } = useTranslation();
  const sidebarOpen = usePreferences((state) => state.sidebarOpen);
  const palette = useDialogs((state) => state.palette);
  const open = useDialogs((state) => state.open);
  const theme = useResolvedTheme();
  return (
    <TooltipProvider>
      <div className="flex h-full flex-col">
        <TitleBar onSearch={() => open("palette")} />
        <div className="flex min-h-0 flex-1">
          {sidebarOpen ? <Sidebar /> : null}
          <div className="flex min-w-0 flex-1 flex-col">
            <TabStrip />
            <Panes />
          </div>
        </div>
        <StatusBar />
      </div>
      {palette ? <Palette /> : null}
      <SettingsDialog />
      <KeysDialog />
      <QuestionDialog />
      <ForwardDialog />
      <SnapshotsDialog />
      <DropTarget />
      <Openings />
      <LiveRegion />
      <Toaster
        theme={theme}
        position="bottom-right"
        offset={{ bottom: 40, right: 16 }}
        containerAriaLabel={t("toasts")}
        closeButton
        visibleToasts={4}
        toastOptions={{ classNames: { description: "font-mono text-code whitespace-pre-wrap break-all" } }}
      />
    </TooltipProvider>
  );
}
