import { ArrowUpRight } from "lucide-react";
import { memo, useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Cell, ObjectRef, Row, Target } from "../../../shared/contract.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { isScalable } from "../../data/references.ts";
import { useCommands } from "../../data/useCommands.ts";
import { Age } from "../../ui/Age.tsx";
import { classNames } from "../../ui/classNames.ts";
import { formatNumber } from "../../ui/format.ts";
import { Status, StatusIcon } from "../../ui/Status.tsx";
import { formatUsage, Usage } from "../../ui/Usage.tsx";
import { ScaleControl } from "../actions/ScaleControl.tsx";
import type { LaidColumn } from "./columnLayout.ts";

export interface CellContext {
  cluster: string;
  onLabel?: ((label: string) => void) | undefined;
}

function RefCell({ cluster, object, text }: { cluster: string; object: ObjectRef; text: string }) {
  const show = useWorkspace((state) => state.show);
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={(event) => (event.stopPropagation(), show({ cluster, object }))}
      className="min-h-6 max-w-full truncate text-left text-link hover:underline"
    >
      {text}
    </button>
  );
}

function LinkCell({ target, url, text }: { target: Target; url: string; text: string }) {
  const { t } = useTranslation();
  const { openService } = useCommands();
  return (
    <button
      type="button"
      tabIndex={-1}
      title={url}
      aria-label={t("actions.openUrl", { url })}
      onClick={(event) => (event.stopPropagation(), void openService(target, url))}
      className="inline-flex h-6 max-w-full items-center gap-1 rounded-control border border-border px-1.5 text-link hover:bg-selected"
    >
      <span className="truncate">{text}</span>
      <ArrowUpRight size={13} aria-hidden className="shrink-0" />
    </button>
  );
}

const dash = <span className="text-muted-foreground">–</span>;

/** A list of short words: what fits, and how many more. */
function ListCell({ items }: { items: readonly string[] }) {
  if (items.length === 0) return dash;
  return (
    <span className="truncate" title={items.join("\n")}>
      {items[0]}
      {items.length > 1 ? <span className="ml-1.5 text-meta text-muted-foreground">+{items.length - 1}</span> : null}
    </span>
  );
}

function UsageCell({ cell }: { cell: Extract<Cell, { kind: "usage" }> }) {
  const { t } = useTranslation();
  const used = formatUsage(cell.value, cell.unit);
  const label = cell.limit
    ? t("list.usedOfLimit", { used, limit: formatUsage(cell.limit, cell.unit) })
    : cell.request
      ? t("list.usedOfRequest", { used, request: formatUsage(cell.request, cell.unit) })
      : t("list.used", { used });
  return <Usage value={cell.value} request={cell.request} limit={cell.limit} unit={cell.unit} label={label} />;
}

function ratioCell(cell: Extract<Cell, { kind: "ratio" }>, row: Row, cluster: string, column: LaidColumn): ReactNode {
  const scales = column.id === "ready" && row.facts.replicas !== undefined && isScalable(row.object);
  if (scales) return <ScaleControl inList target={{ cluster, object: row.object }} replicas={row.facts.replicas!} ready={cell.value} />;
  return (
    <span className={classNames("tabular-nums", column.id !== "pods" && cell.value < cell.of && "font-medium text-pending")}>
      {cell.value}/{cell.of}
    </span>
  );
}

function contentOf(cell: Cell | undefined, row: Row, column: LaidColumn, cluster: string): ReactNode {
  if (cell === null || cell === undefined || cell === "") return dash;
  if (typeof cell === "number") return <span className="tabular-nums">{formatNumber(cell)}</span>;
  if (typeof cell === "string") {
    return (
      <span className="truncate" title={cell}>
        {cell}
      </span>
    );
  }
  switch (cell.kind) {
    case "status":
      return <Status status={cell.status} text={cell.text} />;
    case "time":
      return <Age at={cell.at} className="tabular-nums" />;
    case "ratio":
      return ratioCell(cell, row, cluster, column);
    case "usage":
      return <UsageCell cell={cell} />;
    case "ref":
      return <RefCell cluster={cluster} object={cell.object} text={cell.text} />;
    case "link":
      return <LinkCell target={{ cluster, object: row.object }} url={cell.url} text={cell.text} />;
    case "list":
      return <ListCell items={cell.items} />;
  }
}

/** Whether the digits of a column stand at the right. */
export const isRight = (column: LaidColumn): boolean => column.type === "usage" || column.type === "number" || column.type === "time";

/** What changes often changes quietly: only these fade when they do. */
const fades = (column: LaidColumn): boolean => column.type === "status" || column.type === "number" || column.type === "ratio";

/** Counts up each time a text differs from the one before, to start the fade anew. */
function useChanges(text: string): number {
  const before = useRef(text);
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    setChanges((count) => count + 1);
  }, [text]);
  return changes;
}

function nameContent(row: Row, showStatus: boolean): ReactNode {
  return (
    <>
      {showStatus && row.status ? <StatusIcon status={row.status} className="mr-1.5" /> : null}
      <span className="truncate font-medium" title={row.object.name}>
        {row.object.name}
      </span>
    </>
  );
}

interface CellViewProps {
  row: Row;
  column: LaidColumn;
  cluster: string;
  showStatus: boolean;
}

/** The inside of one cell. */
export const CellView = memo(function CellView({ row, column, cluster, showStatus }: CellViewProps) {
  const cell = row.cells[column.id];
  const changes = useChanges(fades(column) ? JSON.stringify(cell) : "");
  if (column.id === "name") return nameContent(row, showStatus);
  return (
    <span
      key={changes}
      className={classNames("flex min-w-0 flex-1 items-center", isRight(column) && "justify-end", changes > 0 && "cell-changed rounded-[3px]")}
    >
      {contentOf(cell, row, column, cluster)}
    </span>
  );
});
