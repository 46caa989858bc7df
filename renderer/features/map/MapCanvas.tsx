import { Maximize, Minus, Plus } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MapEdge, MapNode } from "../../../shared/map.ts";
import { IconButton } from "../../ui/Button.tsx";
import { classNames } from "../../ui/classNames.ts";
import type { MapLayout } from "./elk.ts";
import { MapCard } from "./MapCard.tsx";
import { type Box, neighboursOf, nextInDirection, type Shown } from "./mapModel.ts";

interface View {
  x: number;
  y: number;
  scale: number;
}

const smallest = 0.15;
const largest = 2;
const step = 1.25;
const margin = 24;

interface CanvasProps {
  shown: Shown;
  layout: MapLayout;
  selected: string | undefined;
  onSelect(id: string | undefined): void;
  onOpen(node: MapNode): void;
}

/** The map as a picture: drag to move, Ctrl and wheel or the buttons to zoom, arrow keys from node to node. */
export function MapCanvas({ shown, layout, selected, onSelect, onOpen }: CanvasProps) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const { view, zoom, fit, pan, reveal } = useView(frame, layout, () => onSelect(undefined));
  const boxes = shown.nodes.flatMap((node) => (layout.nodes.has(node.id) ? [{ id: node.id, node, box: layout.nodes.get(node.id)! }] : []));
  const current = boxes.some(({ id }) => id === selected) ? selected : boxes[0]?.id;
  const near = selected === undefined ? undefined : new Set([selected, ...neighboursOf(selected, shown.edges)]);
  const go = (event: KeyboardEvent) => {
    const from = layout.nodes.get((event.target as HTMLElement).dataset["node"] ?? "");
    if (event.key === "+" || event.key === "=") zoom(step);
    else if (event.key === "-") zoom(1 / step);
    else if (event.key === "0") fit();
    else if (from && event.key.startsWith("Arrow")) {
      const to = nextInDirection(from, boxes, event.key);
      if (to) {
        onSelect(to);
        reveal(layout.nodes.get(to)!);
        frame.current?.querySelector<HTMLElement>(`[data-node=${JSON.stringify(to)}]`)?.focus({ preventScroll: true });
      }
    } else return;
    event.preventDefault();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the picture has the keys of all its nodes
    <div
      ref={frame}
      role="group"
      aria-label={t("map.picture")}
      onKeyDown={go}
      onPointerDown={pan}
      className="relative h-full cursor-grab overflow-hidden bg-background active:cursor-grabbing"
    >
      <div
        className="absolute top-0 left-0 origin-top-left"
        style={{ width: layout.width, height: layout.height, transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
      >
        {[...layout.groups].map(([group, box]) => (
          <div key={group} className="absolute rounded-panel border border-border bg-sidebar" style={placed(box)}>
            <div className="truncate px-4 pt-2.5 text-meta font-medium text-muted-foreground">{group || t("map.noGroup")}</div>
          </div>
        ))}
        <Edges edges={shown.edges} layout={layout} selected={selected} />
        {boxes.map(({ id, node, box }) => (
          <button
            key={id}
            type="button"
            data-node={id}
            tabIndex={id === current ? 0 : -1}
            aria-current={id === selected || undefined}
            onClick={() => {
              onSelect(id);
              onOpen(node);
            }}
            style={placed(box)}
            className={classNames(
              "absolute flex items-start rounded-control border bg-card px-2.5 py-1.5 transition-opacity hover:bg-hover",
              id === selected ? "border-ring ring-1 ring-ring" : "border-border",
              near && !near.has(id) && "opacity-45",
            )}
          >
            <MapCard node={node} />
          </button>
        ))}
      </div>
      <div className="absolute right-3 bottom-3 flex rounded-control border border-border bg-card" onPointerDown={(event) => event.stopPropagation()}>
        <IconButton icon={Minus} label={t("map.zoomOut")} keys="-" onClick={() => zoom(1 / step)} />
        <IconButton icon={Plus} label={t("map.zoomIn")} keys="+" onClick={() => zoom(step)} />
        <IconButton icon={Maximize} label={t("map.fit")} keys="0" onClick={fit} />
      </div>
    </div>
  );
}

const placed = ({ x, y, width, height }: Box) => ({ left: x, top: y, width, height });

/** Lines from the right side of one to the left side of the other. */
function Edges({ edges, layout, selected }: { edges: readonly MapEdge[]; layout: MapLayout; selected: string | undefined }) {
  return (
    <svg aria-hidden width={layout.width} height={layout.height} className="pointer-events-none absolute top-0 left-0">
      <defs>
        <marker id="map-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 8 4 0 8z" fill="var(--input)" />
        </marker>
      </defs>
      {edges.map(({ from, to, relation }) => {
        const [source, target] = [layout.nodes.get(from), layout.nodes.get(to)];
        if (!source || !target) return null;
        const strong = selected === from || selected === to;
        return (
          <path
            key={`${from} ${to} ${relation}`}
            d={curve(source, target)}
            fill="none"
            stroke={strong ? "var(--ring)" : "var(--input)"}
            strokeWidth={strong ? 2 : 1.25}
            strokeDasharray={relation === "uses" ? "4 3" : undefined}
            markerEnd="url(#map-arrow)"
          />
        );
      })}
    </svg>
  );
}

function curve(from: Box, to: Box): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const bend = Math.max(28, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** Where one looks from: fits the whole at first, then it is the user's. */
function useView(frame: RefObject<HTMLDivElement | null>, layout: MapLayout, onPick: () => void) {
  const [chosen, setChosen] = useState<View>();
  const [size, setSize] = useState<{ width: number; height: number }>();
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  const view = chosen ?? (size ? fitted(layout, size) : { x: 0, y: 0, scale: 1 });
  const zoomAt = (factor: number, x: number, y: number, from: View): View => {
    const scale = Math.min(largest, Math.max(smallest, from.scale * factor));
    const grown = scale / from.scale;
    return { scale, x: x - (x - from.x) * grown, y: y - (y - from.y) * grown };
  };
  const latest = useRef(view);
  useEffect(() => {
    latest.current = view;
  });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    // React listens to wheels passively: the page could not be kept from zooming.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const from = latest.current;
      const { left, top } = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) setChosen(zoomAt(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top, from));
      else setChosen({ ...from, x: from.x - event.deltaX, y: from.y - event.deltaY });
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [frame]);
  return {
    view,
    zoom: (factor: number) => setChosen(zoomAt(factor, (size?.width ?? 0) / 2, (size?.height ?? 0) / 2, view)),
    fit: () => setChosen(undefined),
    /** Moves so little that the node is in sight. */
    reveal: (box: Box) => {
      if (!size) return;
      const into = (start: number, length: number, available: number) =>
        Math.max(0, margin - start) + Math.min(0, available - margin - (start + length));
      const dx = into(view.x + box.x * view.scale, box.width * view.scale, size.width);
      const dy = into(view.y + box.y * view.scale, box.height * view.scale, size.height);
      if (dx !== 0 || dy !== 0) setChosen({ ...view, x: view.x + dx, y: view.y + dy });
    },
    pan: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0 || (event.target as HTMLElement).closest("button")) return;
      const element = event.currentTarget;
      const from = { x: event.clientX - view.x, y: event.clientY - view.y };
      element.setPointerCapture(event.pointerId);
      const move = (at: globalThis.PointerEvent) => setChosen({ ...view, x: at.clientX - from.x, y: at.clientY - from.y });
      const end = () => element.removeEventListener("pointermove", move);
      onPick();
      element.addEventListener("pointermove", move);
      element.addEventListener("pointerup", end, { once: true });
      element.addEventListener("pointercancel", end, { once: true });
    },
  };
}

function fitted({ width, height }: MapLayout, available: { width: number; height: number }): View {
  const scale = Math.max(smallest, Math.min(1, (available.width - 2 * margin) / width, (available.height - 2 * margin) / height));
  return { scale, x: Math.max(margin, (available.width - width * scale) / 2), y: margin };
}
