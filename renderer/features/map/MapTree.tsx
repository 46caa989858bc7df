import { ChevronDown, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MapNode } from "../../../shared/map.ts";
import { classNames } from "../../ui/classNames.ts";
import { Status } from "../../ui/Status.tsx";
import { PodCounts } from "./MapCard.tsx";
import { type Shown, type TreeItem, treeOf } from "./mapModel.ts";

interface TreeProps {
  shown: Shown;
  selected: string | undefined;
  onSelect(id: string | undefined): void;
  onOpen(node: MapNode): void;
}

/** The same as the picture, for keyboard and screen reader. */
export function MapTree({ shown, selected, onSelect, onOpen }: TreeProps) {
  const { t } = useTranslation();
  const tree = useRef<HTMLUListElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState("");
  const items = treeOf(shown, closed);
  const current = items.some(({ key }) => key === at) ? at : items[0]?.key;
  const toggle = (key: string, open: boolean) =>
    setClosed((before) => (open ? new Set([...before].filter((each) => each !== key)) : new Set([...before, key])));
  const focus = (item: TreeItem | undefined) => {
    if (!item) return;
    setAt(item.key);
    if (item.node) onSelect(item.node.id);
    tree.current?.querySelector<HTMLElement>(`[data-key=${JSON.stringify(item.key)}]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = items.findIndex(({ key }) => key === current);
    const item = items[index];
    if (!item) return;
    const isOpen = item.children && !closed.has(item.key);
    if (event.key === "ArrowDown") focus(items[index + 1]);
    else if (event.key === "ArrowUp") focus(items[index - 1]);
    else if (event.key === "Home") focus(items[0]);
    else if (event.key === "End") focus(items.at(-1));
    else if (event.key === "ArrowRight" && isOpen) focus(items[index + 1]);
    else if (event.key === "ArrowRight") toggle(item.key, true);
    else if (event.key === "ArrowLeft" && isOpen) toggle(item.key, false);
    else if (event.key === "ArrowLeft") focus(items.slice(0, index).findLast(({ level }) => level < item.level));
    else if (event.key === "Enter" && item.node) onOpen(item.node);
    else return;
    event.preventDefault();
  };
  return (
    <ul ref={tree} role="tree" aria-label={t("map.tree")} onKeyDown={onKeyDown} className="h-full overflow-auto py-1">
      {items.map((item) => (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree has the keys of all its items
        <li
          key={item.key}
          role="treeitem"
          data-key={item.key}
          aria-level={item.level}
          aria-expanded={item.children ? !closed.has(item.key) : undefined}
          aria-selected={item.node !== undefined && item.node.id === selected}
          tabIndex={item.key === current ? 0 : -1}
          onClick={() => {
            focus(item);
            if (item.node) onOpen(item.node);
            else toggle(item.key, closed.has(item.key));
          }}
          style={{ paddingInlineStart: `${item.level * 18 - 6}px` }}
          className={classNames(
            "focus-inset flex h-7 cursor-default items-center gap-1.5 pr-4 hover:bg-hover",
            item.node && item.node.id === selected && "bg-selected",
          )}
        >
          <Twisty open={item.children ? !closed.has(item.key) : undefined} onToggle={() => toggle(item.key, closed.has(item.key))} />
          {item.node ? <NodeLine node={item.node} /> : <span className="font-medium">{item.group || t("map.noGroup")}</span>}
        </li>
      ))}
    </ul>
  );
}

function Twisty({ open, onToggle }: { open: boolean | undefined; onToggle(): void }) {
  if (open === undefined) return <span className="size-4 shrink-0" />;
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <Icon
      size={14}
      aria-hidden
      className="w-4 shrink-0 text-muted-foreground"
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
    />
  );
}

function NodeLine({ node: { kind, name, status, text, pods } }: { node: MapNode }) {
  return (
    <>
      <span className="shrink-0 text-muted-foreground">{kind}</span>
      <span className="truncate">{name}</span>
      {status ? (
        <Status status={status} text={text ?? ""} className="text-meta" />
      ) : (
        <span className="truncate text-meta text-muted-foreground">{text}</span>
      )}
      {pods ? <PodCounts pods={pods} /> : null}
    </>
  );
}
