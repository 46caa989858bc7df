import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import { groupNames, type Box, type Shown } from "./mapModel.ts";

export interface MapLayout {
  width: number;
  height: number;
  nodes: ReadonlyMap<string, Box>;
  groups: ReadonlyMap<string, Box>;
}

export const nodeWidth = 216;
const nodeHeight = 48;
const withPods = 68;
const padding = { top: 36, side: 16, bottom: 16 };

let elk: InstanceType<typeof ELK> | undefined;

/** Lays the graph out in a worker: each group from left to right, the groups side by side. Rejects when it can't be. */
export async function layOut({ nodes, edges }: Shown, aspect: number): Promise<MapLayout> {
  elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) });
  const groupOf = new Map(nodes.map(({ id, group }) => [id, group]));
  const children = groupNames(nodes).map((group): ElkNode => ({
    id: `group ${group}`,
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.layered.spacing.nodeNodeBetweenLayers": "56",
      "elk.spacing.nodeNode": "12",
      "elk.separateConnectedComponents": "true",
      "elk.spacing.componentComponent": "12",
      "elk.aspectRatio": "2.2",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.padding": `[top=${padding.top},left=${padding.side},bottom=${padding.bottom},right=${padding.side}]`,
    },
    children: nodes.filter((node) => node.group === group).map(({ id, pods }) => ({ id, width: nodeWidth, height: pods ? withPods : nodeHeight })),
    edges: edges
      .filter(({ from, to }) => groupOf.get(from) === group && groupOf.get(to) === group)
      .map(({ from, to }) => ({ id: `${from} ${to}`, sources: [from], targets: [to] })),
  }));
  const layoutOptions = {
    "elk.algorithm": "rectpacking",
    "elk.aspectRatio": String(aspect),
    "elk.spacing.nodeNode": "20",
    "elk.padding": "[top=8,left=8,bottom=8,right=8]",
  };
  return layoutOf(await elk.layout({ id: "root", layoutOptions, children }));
}

function layoutOf(root: ElkNode): MapLayout {
  const nodes = new Map<string, Box>();
  const groups = new Map<string, Box>();
  for (const group of root.children ?? []) {
    const { x = 0, y = 0 } = group;
    groups.set(group.id.slice("group ".length), boxOf(group, 0, 0));
    for (const node of group.children ?? []) nodes.set(node.id, boxOf(node, x, y));
  }
  return { width: root.width ?? 0, height: root.height ?? 0, nodes, groups };
}

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: ElkNode, left: number, top: number): Box => ({ x: x + left, y: y + top, width, height });
