import { type HostPort, hostPortsOf } from "../nodeInfo.ts";
import type { Plugin } from "../types.ts";

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");

export const nodePorts: Plugin = {
  name: "NodePorts",
  begin({ pod }) {
    const wanted = hostPortsOf(pod);
    if (wanted.length === 0) return undefined;
    return {
      filter: (info) =>
        info.hostPorts.some((taken) => wanted.some((port) => clash(port, taken)))
          ? { code: "unschedulable", reasons: ["node(s) didn't have free ports for the requested pod ports"] }
          : undefined,
    };
  },
  wakesOn: (event) => event.type === "nodeAdded" || event.type === "podDeleted",
};
