import { Ellipsis, ScrollText, SquareTerminal, ArrowUpRight, type LucideIcon } from "lucide-react";
import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "../../../shared/contract.ts";
import { keysOf, type KeyId } from "../../app/keys.ts";
import { hasLogs, isResource } from "../../data/references.ts";
import { IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import { Skeleton } from "../../ui/Notice.tsx";
import { CellView } from "./Cells.tsx";
import type { LaidColumn } from "./columnLayout.ts";

/** What a button of a row asks for. */
export type RowGesture = "open" | "toggle" | "range" | "menu" | "logs" | "shell" | "url";

interface GridRowProps {
  gridId: string;
  index: number;
  row: Row | undefined;
  columns: readonly LaidColumn[];
  template: string;
  cluster: string;
  top: number;
  selectable: boolean;
  selected: boolean;
  /** The row whose object the drawer shows. */
  shown: boolean;
  activeColumn: number | undefined;
  showStatus: boolean;
  onGesture(gesture: RowGesture, row: Row, index: number, at: { x: number; y: number }): void;
}

const quickActions = (
  row: Row,
): { gesture: RowGesture; icon: LucideIcon; label: "actions.logs" | "actions.shell" | "actions.open"; keys: KeyId }[] => [
  ...(hasLogs(row.object) ? [{ gesture: "logs" as const, icon: ScrollText, label: "actions.logs" as const, keys: "logs" as const }] : []),
  ...(isResource(row.object, "", "pods")
    ? [{ gesture: "shell" as const, icon: SquareTerminal, label: "actions.shell" as const, keys: "shell" as const }]
    : []),
  ...(isResource(row.object, "", "services") && row.facts.url
    ? [{ gesture: "url" as const, icon: ArrowUpRight, label: "actions.open" as const, keys: "openUrl" as const }]
    : []),
];

/** Not on a button of the row, nor in an overlay that one of them opened. */
const isOwn = (event: MouseEvent<HTMLElement>): boolean =>
  event.target instanceof Element && event.currentTarget.contains(event.target) && event.target.closest("button, input") === null;

const corner = (event: MouseEvent<HTMLElement>) => {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 2 };
};

function RowActions({
  row,
  index,
  active,
  columnIndex,
  onGesture,
}: Pick<GridRowProps, "index" | "onGesture"> & { row: Row; active: boolean; columnIndex: number }) {
  const { t } = useTranslation();
  return (
    <div
      role="gridcell"
      aria-colindex={columnIndex}
      className="pointer-events-none absolute inset-0 flex justify-end"
      // Where − n + stand in the row, the buttons keep to the name: nothing covers them.
      style={row.facts.replicas === undefined ? undefined : { gridColumn: "2 / 3" }}
    >
      <div
        className={classNames(
          "pointer-events-auto sticky right-2 my-auto h-7 items-center gap-0.5 rounded-control bg-card px-0.5 shadow-[0_0_0_1px_var(--border)] group-hover/row:flex",
          active ? "hidden group-focus-visible/grid:flex" : "hidden",
        )}
      >
        {quickActions(row).map(({ gesture, icon, label, keys }) => (
          <IconButton
            key={gesture}
            icon={icon}
            size="small"
            tabIndex={-1}
            label={t(label)}
            keys={keysOf(keys)}
            onClick={(event) => (event.stopPropagation(), onGesture(gesture, row, index, corner(event)))}
          />
        ))}
        <IconButton
          icon={Ellipsis}
          size="small"
          tabIndex={-1}
          label={t("list.moreActions")}
          keys={keysOf("menu")}
          onClick={(event) => (event.stopPropagation(), onGesture("menu", row, index, corner(event)))}
        />
      </div>
    </div>
  );
}

export const GridRow = memo(function GridRow({
  gridId,
  index,
  row,
  columns,
  template,
  cluster,
  top,
  selectable,
  selected,
  shown,
  activeColumn,
  showStatus,
  onGesture,
}: GridRowProps) {
  const { t } = useTranslation();
  const rowLook = "group/row absolute inset-x-0 grid h-(--row-height) border-b border-border/60";
  if (!row) {
    return (
      <div role="row" aria-rowindex={index + 2} className={rowLook} style={{ gridTemplateColumns: template, top }}>
        {columns.map((column, at) => (
          <div key={column.id} role="gridcell" className="flex items-center px-2" style={{ gridColumnStart: at + 2 }}>
            <Skeleton className={at === 0 ? "w-3/5" : "w-2/5"} />
          </div>
        ))}
      </div>
    );
  }
  const here = (event: MouseEvent) => ({ x: event.clientX, y: event.clientY });
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid has the keys of all its rows
    <div
      role="row"
      id={`${gridId}-row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selectable ? selected : undefined}
      data-key={row.key}
      data-active={shown || undefined}
      onClick={(event) => {
        if (isOwn(event)) onGesture(event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "open", row, index, here(event));
      }}
      onContextMenu={(event) => (event.preventDefault(), onGesture("menu", row, index, here(event)))}
      className={classNames(
        rowLook,
        selected || shown ? "bg-selected" : activeColumn === undefined ? "hover:bg-hover" : "bg-hover",
        row.status === "terminating" && "text-muted-foreground",
      )}
      style={{ gridTemplateColumns: template, top }}
    >
      {selectable ? (
        <div role="gridcell" aria-colindex={1} className="flex items-center justify-center">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("list.select", { name: row.object.name })}
            checked={selected}
            readOnly
            onClick={(event) => onGesture(event.shiftKey ? "range" : "toggle", row, index, here(event))}
            className={classNames(
              "size-3.5 accent-(--primary)",
              selected ? "" : "opacity-0 group-hover/row:opacity-100",
              activeColumn !== undefined && "opacity-100",
            )}
          />
        </div>
      ) : (
        <div role="presentation" />
      )}
      {columns.map((column, at) => (
        <div
          key={column.id}
          id={`${gridId}-cell-${index}-${at}`}
          role="gridcell"
          aria-colindex={at + 2}
          className={classNames(
            "flex min-w-0 items-center overflow-hidden px-2 whitespace-nowrap",
            activeColumn === at && "rounded-[3px] group-focus-visible/grid:shadow-[inset_0_0_0_2px_var(--ring)]",
          )}
        >
          <CellView row={row} column={column} cluster={cluster} showStatus={showStatus} />
        </div>
      ))}
      <RowActions row={row} index={index} active={activeColumn !== undefined} columnIndex={columns.length + 2} onGesture={onGesture} />
    </div>
  );
});
