import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type Ref, useImperativeHandle } from "react";
import type { Row, Target } from "../../../shared/contract.ts";
import { pressed } from "../../app/keys.ts";
import { usePreferences } from "../../app/preferences.ts";
import { rowAt, type ViewState } from "../../data/viewState.ts";
import { classNames } from "../../ui/classNames.ts";
import { actionsFor, useActionTools } from "../actions/objectActions.ts";
import { stepReplicas } from "../actions/ScaleControl.tsx";
import { gridTemplate, leastWidth, type LaidColumn } from "./columnLayout.ts";
import { GridHeader, nextSort, type Sort } from "./GridHeader.tsx";
import { moveInGrid, type ActiveCell } from "./gridNavigation.ts";
import { GridRow, type RowGesture } from "./GridRow.tsx";
import { RowMenu, type RowMenuState } from "./RowMenu.tsx";
import { noSelection, selectRange, toggleRow, type Selection } from "./selection.ts";

const rowHeights = { compact: 28, regular: 32, roomy: 40 } as const;
const headerHeight = 32;
/** Rows asked for beyond each edge of the screen. */
const margin = 20;
const rangeLimit = 500;

export interface GridHandle {
  focus(): void;
}

interface GridProps {
  label: string;
  cluster: string;
  state: ViewState;
  columns: readonly LaidColumn[];
  setRange(start: number, count: number): void;
  sort?: Sort | undefined;
  onSort?(sort: Sort | undefined): void;
  onResize?(id: string, width: number): void;
  /** Absent: rows cannot be selected. */
  selection?: Selection;
  onSelection?(selection: Selection): void;
  onOpen(target: Target, row: Row): void;
  onDelete?(rows: Row[]): void;
  onFilterKey?(): void;
  shownKey?: string | undefined;
  initialScroll?: number;
  onScroll?(top: number): void;
  handle?: Ref<GridHandle>;
  className?: string;
}

/** Keys of a list that are actions of its row, by the id of the action. */
const rowKeys = [
  "logs",
  "previousLogs",
  "shell",
  "forwardPort",
  "openUrl",
  "edit",
  "yaml",
  "restart",
  "rollBack",
  "copyName",
  "copyKubectl",
] as const;
const actionOfKey: Record<(typeof rowKeys)[number], string> = {
  logs: "logs",
  previousLogs: "previousLogs",
  shell: "shell",
  forwardPort: "forwardPort",
  openUrl: "open",
  edit: "edit",
  yaml: "yaml",
  restart: "restart",
  rollBack: "rollBack",
  copyName: "copyName",
  copyKubectl: "copyKubectl",
};

function useVisibleRange(virtual: { startIndex: number; endIndex: number } | null, setRange: GridProps["setRange"]): void {
  const start = virtual ? Math.max(0, Math.floor((virtual.startIndex - margin) / 10) * 10) : 0;
  const count = virtual ? Math.min(rangeLimit, Math.ceil((virtual.endIndex + margin - start) / 10) * 10) : 60;
  useEffect(() => setRange(start, Math.max(count, 40)), [start, count, setRange]);
}

/** A list as a grid: virtual rows, one tab stop, arrows move the active cell. */
export function Grid(props: GridProps) {
  const {
    label,
    cluster,
    state,
    columns,
    setRange,
    sort,
    onSort,
    onResize,
    onSelection,
    onOpen,
    onDelete,
    onFilterKey,
    shownKey,
    initialScroll,
    onScroll,
    handle,
    className,
  } = props;
  const selection = props.selection ?? noSelection;
  const selectable = props.selection !== undefined;
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const density = usePreferences((preferences) => preferences.density);
  const singleKeys = usePreferences((preferences) => preferences.singleKeys);
  const rowHeight = rowHeights[density];
  const [active, setActive] = useState<ActiveCell>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState(0);
  const [menu, setMenu] = useState<RowMenuState | null>(null);
  const tools = useActionTools();

  // oxlint-disable-next-line react/incompatible-library -- virtual rows; no compiler memoizes here
  const virtualizer = useVirtualizer({
    count: state.matched,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialOffset: initialScroll ?? 0,
    paddingStart: 0,
    scrollPaddingStart: headerHeight,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  useVisibleRange(virtualizer.range, setRange);
  useImperativeHandle(handle, () => ({ focus: () => scroller.current?.focus() }), []);

  const template = useMemo(() => gridTemplate(columns, selectable), [columns, selectable]);
  const showStatus = !columns.some((column) => column.type === "status");
  const target = useCallback((row: Row): Target => ({ cluster, object: row.object }), [cluster]);
  const activeIndex = Math.min(active.row, state.matched - 1);
  const activeRow = activeIndex >= 0 ? rowAt(state, activeIndex) : undefined;

  const runAction = (row: Row, id: string) =>
    actionsFor({ target: target(row), facts: row.facts }, tools)
      .find((action) => action.id === id)
      ?.run();

  const gesture = useRef<(gesture: RowGesture, row: Row, index: number, at: { x: number; y: number }) => void>(() => undefined);
  gesture.current = (what, row, index, at) => {
    setActive((before) => ({ ...before, row: index }));
    if (what === "open") onOpen(target(row), row);
    if (what === "toggle") onSelection?.(toggleRow(selection, row));
    if (what === "range") onSelection?.(selectRange(selection, (each) => rowAt(state, each), anchor, index));
    else setAnchor(index);
    if (what === "menu") setMenu({ row, ...at });
    if (what === "logs" || what === "shell") runAction(row, what);
    if (what === "url") runAction(row, "open");
  };
  const onGesture = useCallback((...args: Parameters<typeof gesture.current>) => gesture.current(...args), []);

  const go = (next: ActiveCell) => {
    setActive(next);
    if (next.row >= 0) virtualizer.scrollToIndex(next.row);
  };

  /** The button or link of the active cell, when it has one. */
  const pressCell = (): boolean => {
    const cell = document.getElementById(`${gridId}-cell-${activeIndex}-${active.column}`);
    const button = active.column > 0 ? cell?.querySelector<HTMLElement>("button") : null;
    if (!button || button.getAttribute("aria-disabled")) return false;
    if (button.parentElement?.getAttribute("role") === "group") return false;
    button.click();
    return true;
  };

  const menuAtRow = () => {
    const box = document.getElementById(`${gridId}-row-${activeIndex}`)?.getBoundingClientRect();
    if (activeRow && box) setMenu({ row: activeRow, x: box.left + 48, y: box.bottom });
  };

  const moveKey = (event: KeyboardEvent): boolean => {
    const next = moveInGrid(
      { row: activeIndex, column: active.column },
      event.key,
      { rows: state.matched, columns: columns.length, page: Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2) },
      { mod: event.ctrlKey || event.metaKey, letters: singleKeys },
    );
    if (!next) return false;
    if (event.shiftKey && selectable && next.row >= 0) onSelection?.(selectRange(selection, (each) => rowAt(state, each), activeIndex, next.row));
    else setAnchor(Math.max(next.row, 0));
    go(next);
    return true;
  };

  const rowKey = (event: KeyboardEvent, row: Row): boolean => {
    if (pressed(event, "select")) return (onSelection?.(toggleRow(selection, row)), true);
    if (event.key === "Delete") return (onDelete?.(selection.size > 0 ? [...selection.values()] : [row]), true);
    if (event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) return (menuAtRow(), true);
    if (!singleKeys) return false;
    if (pressed(event, "menu")) return (menuAtRow(), true);
    if (pressed(event, "more") || pressed(event, "fewer")) return (stepReplicas(target(row), event.key === "-" ? -1 : 1), true);
    const owner = row.cells["owner"];
    if (pressed(event, "parent") && owner !== null && typeof owner === "object" && owner.kind === "ref") {
      onOpen({ cluster, object: owner.object }, row);
      return true;
    }
    if (pressed(event, "why")) return (onOpen(target(row), row), true);
    if (pressed(event, "scale"))
      return (document.getElementById(`${gridId}-row-${activeIndex}`)?.querySelector<HTMLElement>("[aria-haspopup=dialog]")?.click(), true);
    const key = rowKeys.find((each) => pressed(event, each));
    return key ? (runAction(row, actionOfKey[key]), true) : false;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) return;
    const handled = (): boolean => {
      if (moveKey(event)) return true;
      if (event.key === "Enter" && activeIndex < 0) return (onSort?.(nextSort(sort, columns[active.column]!.id)), true);
      if (singleKeys && pressed(event, "filter") && onFilterKey) return (onFilterKey(), true);
      if (event.key === "Escape" && selection.size > 0) return (onSelection?.(noSelection), event.stopPropagation(), true);
      if ((event.ctrlKey || event.metaKey) && event.key === "a" && selectable)
        return (onSelection?.(selectRange(selection, (each) => rowAt(state, each), 0, state.matched - 1)), true);
      if (!activeRow) return false;
      if (event.key === "Enter") return pressCell() || (onOpen(target(activeRow), activeRow), true);
      return rowKey(event, activeRow);
    };
    if (handled()) event.preventDefault();
  };

  /** Buttons of rows are no tab stops: the keys stay with the grid when one is clicked. */
  const keepFocus = (event: MouseEvent) => {
    const button = event.target instanceof Element && scroller.current?.contains(event.target) ? event.target.closest("button, input") : null;
    if (!button) return;
    event.preventDefault();
    scroller.current?.focus({ preventScroll: true });
  };

  const shownSelected = state.keys.filter((key) => selection.has(key)).length;
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={state.matched + 1}
      aria-colcount={columns.length + 2}
      aria-multiselectable={selectable || undefined}
      aria-busy={state.freshness.state === "loading" || undefined}
      aria-activedescendant={
        activeIndex < 0 ? `${gridId}-header-${active.column}` : activeRow ? `${gridId}-cell-${activeIndex}-${active.column}` : undefined
      }
      onKeyDown={onKeyDown}
      onMouseDown={keepFocus}
      onScroll={(event) => onScroll?.(event.currentTarget.scrollTop)}
      className={classNames("group/grid relative h-full overflow-auto outline-none [overflow-anchor:none]", className)}
    >
      <div role="presentation" style={{ minWidth: leastWidth(columns, selectable) }}>
        <GridHeader
          columns={columns}
          template={template}
          sort={sort}
          gridId={gridId}
          selectable={selectable}
          activeColumn={activeIndex < 0 ? active.column : undefined}
          allSelected={shownSelected > 0 && shownSelected === state.keys.length ? true : shownSelected > 0 ? "mixed" : false}
          onSelectAll={() =>
            onSelection?.(shownSelected > 0 ? noSelection : selectRange(noSelection, (each) => rowAt(state, each), 0, state.matched - 1))
          }
          onSort={(column) => onSort?.(nextSort(sort, column))}
          onResize={(id, width) => onResize?.(id, width)}
        />
        <div
          role="rowgroup"
          className={classNames("relative", state.freshness.state === "stale" && "stale")}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rowAt(state, index);
            return (
              <GridRow
                key={index}
                gridId={gridId}
                index={index}
                row={row}
                columns={columns}
                template={template}
                cluster={cluster}
                top={start}
                selectable={selectable}
                selected={row !== undefined && selection.has(row.key)}
                shown={row !== undefined && row.key === shownKey}
                activeColumn={index === activeIndex ? active.column : undefined}
                showStatus={showStatus}
                onGesture={onGesture}
              />
            );
          })}
        </div>
      </div>
      <RowMenu
        cluster={cluster}
        menu={menu}
        onClose={() => {
          setMenu(null);
          scroller.current?.focus({ preventScroll: true });
        }}
      />
    </div>
  );
}
