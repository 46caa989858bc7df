import { ArrowDown, ArrowUp } from "lucide-react";
import { useRef, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { classNames } from "../../ui/classNames.ts";
import { isRight } from "./Cells.tsx";
import type { LaidColumn } from "./columnLayout.ts";

export interface Sort {
  column: string;
  descending: boolean;
}

/** The order after choosing a column once more: up, down, as services have it. */
export function nextSort(sort: Sort | undefined, column: string): Sort | undefined {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? undefined : { column, descending: true };
}

function ResizeHandle({ onResize, width }: { onResize(width: number): void; width: number }) {
  const { t } = useTranslation();
  const start = useRef<{ x: number; width: number } | null>(null);
  const down = (event: PointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    event.stopPropagation();
    const shown = event.currentTarget.parentElement?.getBoundingClientRect().width ?? width;
    start.current = { x: event.clientX, width: shown };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  return (
    <span
      aria-hidden
      title={t("list.resize")}
      onPointerDown={down}
      onPointerMove={(event) => start.current && onResize(start.current.width + event.clientX - start.current.x)}
      onPointerUp={() => (start.current = null)}
      className="absolute inset-y-1.5 -right-1 z-10 w-2 cursor-col-resize border-r border-transparent group-hover/header:border-border hover:!border-ring"
    />
  );
}

interface GridHeaderProps {
  columns: readonly LaidColumn[];
  template: string;
  sort: Sort | undefined;
  activeColumn: number | undefined;
  gridId: string;
  selectable: boolean;
  allSelected: boolean | "mixed";
  onSelectAll(): void;
  onSort(column: string): void;
  onResize(id: string, width: number): void;
}

export function GridHeader({
  columns,
  template,
  sort,
  activeColumn,
  gridId,
  selectable,
  allSelected,
  onSelectAll,
  onSort,
  onResize,
}: GridHeaderProps) {
  const { t } = useTranslation();
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="group/header sticky top-0 z-10 grid h-8 border-b border-border bg-background text-meta font-medium text-muted-foreground"
      style={{ gridTemplateColumns: template }}
    >
      {selectable ? (
        <div role="columnheader" aria-colindex={1} className="flex items-center justify-center">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("list.selectAll")}
            checked={allSelected === true}
            ref={(box) => {
              if (box) box.indeterminate = allSelected === "mixed";
            }}
            onChange={onSelectAll}
            className="size-3.5 accent-(--primary)"
          />
        </div>
      ) : (
        <div role="presentation" />
      )}
      {columns.map((column, index) => {
        const sorted = sort?.column === column.id ? sort : undefined;
        return (
          <div
            key={column.id}
            id={`${gridId}-header-${index}`}
            role="columnheader"
            aria-colindex={index + 2}
            aria-sort={sorted ? (sorted.descending ? "descending" : "ascending") : "none"}
            className={classNames(
              "relative flex min-w-0",
              activeColumn === index && "text-foreground group-focus-visible/grid:shadow-[inset_0_0_0_2px_var(--ring)]",
            )}
          >
            <button
              type="button"
              tabIndex={-1}
              title={column.description}
              onClick={() => onSort(column.id)}
              className={classNames("flex min-w-0 flex-1 items-center gap-1 px-2 hover:text-foreground", isRight(column) && "justify-end")}
            >
              <span className="truncate">{column.title}</span>
              {sorted ? sorted.descending ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden /> : null}
            </button>
            <ResizeHandle width={column.width} onResize={(width) => onResize(column.id, width)} />
          </div>
        );
      })}
      <div role="columnheader" aria-colindex={columns.length + 2}>
        <span className="sr-only">{t("list.rowActions")}</span>
      </div>
    </div>
  );
}
