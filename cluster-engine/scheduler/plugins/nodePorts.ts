import { type HostPort, hostPortsOf } from "../nodeInfo.ts";
import type { Plugin, Verdict } from "../types.ts";

const refusal: Verdict = { code: "unschedulable", reasons: ["node(s) didn't have free ports for the requested pod ports"] };

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");

export const nodePorts: Plugin = {
  name: "NodePorts",
  begin({ pod }) {
    const wanted = hostPortsOf(pod);
    if (wanted.length === 0) return undefined;
    return {
      filter(info) {
        for (const taken of info.hostPorts()) if (wanted.some((port) => clash(port, taken))) return refusal;
        return undefined;
      },
    };
  },
  wakesOn(event, pod) {
    if (event.type === "nodeAdded") return true;
    if (event.type !== "podDeleted") return false;
    const freed = hostPortsOf(event.pod);
    return hostPortsOf(pod).some((wanted) => freed.some((port) => clash(wanted, port)));
  },
};
