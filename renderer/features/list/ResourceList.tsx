import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ResourceRef, Target } from "../../../shared/contract.ts";
import { openFilePicker } from "../plan/fileInput.ts";
import { useKindNames } from "../../app/kindNames.ts";
import { usePreferences } from "../../app/preferences.ts";
import { useListState, useNamespaces, useWorkspace } from "../../app/workspace.ts";
import { useCluster, useResource } from "../../data/clusterState.ts";
import { kubectlList, objectKey, resourceKey } from "../../data/references.ts";
import { useView } from "../../data/useView.ts";
import { indexOf } from "../../data/viewState.ts";
import { announce } from "../../ui/LiveRegion.tsx";
import { statusClasses } from "../../ui/Status.tsx";
import { askToDelete, useActionTools } from "../actions/objectActions.ts";
import { FreshnessNotice } from "../clusters/FreshnessNotice.tsx";
import { fitColumns, layColumns, resized } from "./columnLayout.ts";
import { EmptyList } from "./EmptyList.tsx";
import { FilterBar } from "./FilterBar.tsx";
import { Grid, type GridHandle } from "./Grid.tsx";
import { noSelection } from "./selection.ts";
import { SelectionBar } from "./SelectionBar.tsx";

const filterDelay = 120;

/** The width (px) of an element, as it changes. */
function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  const measure = useCallback((element: HTMLElement | null) => {
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, measure];
}

/** A value that follows another once it rests. */
function useRested<T>(value: T, delay: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return rested;
}

function useCountAnnouncements(label: string, counts: Record<string, number | undefined>, live: boolean): void {
  const { t } = useTranslation();
  const text = statusClasses.flatMap((status) => (counts[status] ? [`${counts[status]} ${t(`status.${status}`)}`] : [])).join(", ");
  const before = useRef("");
  useEffect(() => {
    if (live && before.current && text && text !== before.current) announce(`list ${label}`, `${label}: ${text}`);
    before.current = text;
  }, [text, label, live]);
}

/** The list of one kind: any that discovery offers. */
export function ResourceList({ cluster, resource }: { cluster: string; resource: ResourceRef }) {
  const list = useListState();
  const namespaces = useNamespaces();
  const discovered = useResource(cluster, resource);
  const names = useKindNames(resource, discovered);
  const { setList, setNamespaces, show } = useWorkspace.getState();
  const drawer = useWorkspace((state) => state.drawer);
  const summary = useCluster(cluster);
  const tools = useActionTools();
  const kindKey = resourceKey(resource);
  const choice = usePreferences((state) => state.columns[kindKey]);
  const setColumns = usePreferences((state) => state.setColumns);
  const [selection, setSelection] = useState(noSelection);
  const grid = useRef<GridHandle>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  const text = useRested(list.text, filterDelay);

  const namespaced = discovered?.namespaced ?? true;
  const filter = useMemo(
    () => ({ text, labelSelector: list.labelSelector, statuses: list.statuses, ...(list.owner ? { owner: list.owner } : {}) }),
    [text, list.labelSelector, list.statuses, list.owner],
  );
  const asked = useMemo(() => (namespaced ? namespaces : []), [namespaced, namespaces]);
  const { state, setRange } = useView({ cluster, resource, namespaces: asked, filter, sort: list.sort });
  const [width, measure] = useWidth();
  const columns = useMemo(
    () => fitColumns(layColumns(state.columns, choice ?? {}, { showNamespace: namespaced && namespaces.length !== 1 }), width, true, choice ?? {}),
    [state.columns, choice, namespaced, namespaces.length, width],
  );
  useCountAnnouncements(names.plural, state.statusCounts, state.freshness.state === "live");

  const shownRow =
    drawer && drawer.target.cluster === cluster
      ? [...state.rows.values()].find((row) => objectKey(row.object) === objectKey(drawer.target.object))
      : undefined;
  const shownKey = shownRow && indexOf(state, shownRow.key) >= 0 ? shownRow.key : undefined;
  const open = (target: Target) => show(target, drawer?.section === "yaml" || drawer?.section === "events" ? drawer.section : "overview");
  const rows = [...selection.values()];
  const context = summary?.kind === "context" ? summary.name : undefined;
  return (
    <div ref={measure} className="relative flex h-full min-h-0 flex-col">
      <FilterBar
        title={names.plural}
        kindKey={kindKey}
        list={list}
        state={state}
        setList={setList}
        inputRef={filterInput}
        onLeave={() => grid.current?.focus()}
        onCopyKubectl={() => void tools.commands.copy(kubectlList(resource, asked, list.labelSelector, context), "kubectl")}
      />
      <FreshnessNotice cluster={cluster} freshness={state.freshness} />
      <div className="min-h-0 flex-1">
        {state.matched === 0 ? (
          <EmptyList
            state={state}
            resource={resource}
            kinds={names.plural}
            namespaces={asked}
            onClearFilter={() => setList({ text: "", statuses: [], labelSelector: "", owner: undefined })}
            onAllNamespaces={() => setNamespaces([])}
            onOpenFiles={openFilePicker}
          />
        ) : (
          <Grid
            key={`${cluster} ${kindKey}`}
            handle={grid}
            label={names.plural}
            cluster={cluster}
            state={state}
            columns={columns}
            setRange={setRange}
            sort={list.sort}
            onSort={(sort) => setList({ sort, scroll: 0 })}
            onResize={(id, width) => setColumns(kindKey, resized(id, width, choice ?? {}))}
            selection={selection}
            onSelection={setSelection}
            onOpen={open}
            onDelete={(chosen) =>
              askToDelete(
                cluster,
                chosen.map((row) => row.object),
                tools,
              )
            }
            onFilterKey={() => filterInput.current?.focus()}
            shownKey={shownKey}
            initialScroll={list.scroll}
            onScroll={(scroll) => rememberScroll(scroll)}
          />
        )}
      </div>
      {rows.length > 0 ? <SelectionBar cluster={cluster} rows={rows} onClear={() => setSelection(noSelection)} /> : null}
    </div>
  );
}

let scrollTimer: ReturnType<typeof setTimeout> | undefined;
/** The scroll is kept with the place once it rests. */
function rememberScroll(scroll: number): void {
  clearTimeout(scrollTimer);
  scrollTimer = setTimeout(() => useWorkspace.getState().setList({ scroll }), 300);
}
