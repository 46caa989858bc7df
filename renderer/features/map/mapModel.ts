import type { StatusClass } from "../../../shared/contract.ts";
import type { MapEdge, MapNode } from "../../../shared/map.ts";

export interface MapFilter {
  text: string;
  problems: boolean;
  /** ConfigMaps, Secrets and claims. */
  config: boolean;
  /** Only this node and those it is connected with. */
  around?: string | undefined;
}

export interface Shown {
  nodes: MapNode[];
  edges: MapEdge[];
}

const problems: ReadonlySet<StatusClass | undefined> = new Set(["failed", "pending", "unknown"]);
const configKinds = new Set(["ConfigMap", "Secret", "PersistentVolumeClaim"]);

/** What the filter leaves. Neighbours of what matches stay: a match alone says little. */
export function shownBy({ nodes, edges }: Shown, { text, problems: onlyProblems, config, around }: MapFilter): Shown {
  const wanted = text.trim().toLowerCase();
  const allowed = nodes.filter(({ kind }) => config || !configKinds.has(kind));
  const matches = allowed.filter(
    ({ name, kind, status, group }) =>
      (!onlyProblems || problems.has(status)) && (!wanted || `${kind} ${name} ${group}`.toLowerCase().includes(wanted)),
  );
  const kept = new Set(matches.flatMap(({ id }) => (wanted || onlyProblems ? [id, ...neighboursOf(id, edges)] : [id])));
  const near = around === undefined ? undefined : reachable(around, edges);
  const left = allowed.filter(({ id }) => kept.has(id) && (!near || near.has(id)));
  const ids = new Set(left.map(({ id }) => id));
  return { nodes: left, edges: edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) };
}

export const neighboursOf = (id: string, edges: readonly MapEdge[]): string[] =>
  edges.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));

/** The node and all that leads to it or that it leads to, by however many steps. */
function reachable(id: string, edges: readonly MapEdge[]): Set<string> {
  const found = new Set([id]);
  const follow = (next: (edge: MapEdge, at: string) => string | undefined) => {
    const open = [id];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const edge of edges) {
        const to = next(edge, at);
        if (to !== undefined && !found.has(to)) {
          found.add(to);
          open.push(to);
        }
      }
  };
  follow((edge, at) => (edge.from === at ? edge.to : undefined));
  follow((edge, at) => (edge.to === at ? edge.from : undefined));
  return found;
}

/** Ids and groups: as long as it stays, nothing moves. */
export const shapeOf = ({ nodes, edges }: Shown): string =>
  JSON.stringify([nodes.map(({ id, group, pods }) => [id, group, pods !== undefined]), edges.map(({ from, to }) => [from, to])]);

export interface TreeItem {
  key: string;
  level: number;
  node?: MapNode;
  /** Of a group. */
  group?: string;
  children: boolean;
}

/** Groups, in them what nothing leads to, below each what it leads to. `closed` has the keys whose children are hidden. */
export function treeOf({ nodes, edges }: Shown, closed: ReadonlySet<string>): TreeItem[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const targets = new Set(edges.map(({ to }) => to));
  const items: TreeItem[] = [];
  const add = (node: MapNode, level: number, path: string) => {
    const below = edges.filter(({ from }) => from === node.id).flatMap(({ to }) => byId.get(to) ?? []);
    const key = `${path}>${node.id}`;
    // A circle ends where it began.
    const children = below.filter(({ id }) => !path.includes(id));
    items.push({ key, level, node, children: children.length > 0 });
    if (!closed.has(key)) for (const child of children) add(child, level + 1, key);
  };
  for (const group of groupNames(nodes)) {
    const own = nodes.filter((node) => node.group === group);
    items.push({ key: group, level: 1, group, children: true });
    if (closed.has(group)) continue;
    const roots = own.filter(({ id }) => !targets.has(id));
    for (const node of roots.length > 0 ? roots : own) add(node, 2, group);
  }
  return items;
}

export const groupNames = (nodes: readonly MapNode[]): string[] => [...new Set(nodes.map(({ group }) => group))].sort();

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The node that an arrow key leads to: the nearest in that direction. */
export function nextInDirection(from: Box, others: readonly { id: string; box: Box }[], key: string): string | undefined {
  const centre = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });
  const start = centre(from);
  const horizontal = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  let best: { id: string; distance: number } | undefined;
  for (const { id, box } of others) {
    const at = centre(box);
    const along = sign * (horizontal ? at.x - start.x : at.y - start.y);
    const across = Math.abs(horizontal ? at.y - start.y : at.x - start.x);
    if (along <= 1) continue;
    const distance = along + 2 * across;
    if (!best || distance < best.distance) best = { id, distance };
  }
  return best?.id;
}
