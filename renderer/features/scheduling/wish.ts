import type { WhatIfChange } from "../../../shared/scheduling.ts";

/** What the fields of "what if" hold. Amounts: cores, and bytes with Kubernetes' units; "" leaves what is. */
export interface Wish {
  cpu: string;
  memory: string;
  anyNode: boolean;
  openNodes: boolean;
  emptied: string;
  another: string;
}

const units: Record<string, number> = { "": 1, m: 0.001, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** `250m`, `0.5`, `512Mi` as a number; undefined when it is none. */
export function amountIn(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(m|k|[KMGT]i|[MGT]|)\s*$/.exec(text);
  return match ? Number(match[1]) * units[match[2]!]! : undefined;
}

/** What is asked of the scheduler; undefined while a field holds no amount. */
export function changeOf({ cpu, memory, anyNode, openNodes, emptied, another }: Wish): WhatIfChange | undefined {
  const [cores, bytes] = [amountIn(cpu), amountIn(memory)];
  if ((cpu.trim() && cores === undefined) || (memory.trim() && bytes === undefined)) return undefined;
  return {
    ...(cores === undefined ? {} : { cpu: cores }),
    ...(bytes === undefined ? {} : { memory: bytes }),
    ...(anyNode ? { anyNode } : {}),
    ...(openNodes ? { openNodes } : {}),
    ...(emptied ? { emptied } : {}),
    ...(another ? { another } : {}),
  };
}

export const isUnchanged = (change: WhatIfChange): boolean => Object.keys(change).length === 0;
