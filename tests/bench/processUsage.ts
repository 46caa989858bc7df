import { readFileSync } from "node:fs";
import { get } from "node:https";
import { readKubeconfig } from "../../cluster-engine/client/kubeconfig.ts";

/** What the engine says of its own process in `/metrics`. Times in s, memory in bytes. */
export interface ProcessUsage {
  cpuSeconds: number;
  residentBytes: number;
  heapBytes: number;
  /** The longest time since the last reading that the event loop was held up. */
  loopLagMaxSeconds: number;
}

export async function engineUsage(kubeconfig: string): Promise<ProcessUsage> {
  const text = await metricsText(kubeconfig);
  const value = (name: string): number => {
    const line = new RegExp(`^${name} (\\S+)$`, "m").exec(text);
    if (!line) throw new Error(`no ${name} in /metrics`);
    return Number(line[1]);
  };
  return {
    cpuSeconds: value("process_cpu_seconds_total"),
    residentBytes: value("process_resident_memory_bytes"),
    heapBytes: value("nodejs_heap_size_used_bytes"),
    loopLagMaxSeconds: value("nodejs_eventloop_lag_max_seconds"),
  };
}

function metricsText(kubeconfig: string): Promise<string> {
  const { server, ca, cert, key } = readKubeconfig(readFileSync(kubeconfig, "utf8"));
  return new Promise((resolve, reject) => {
    const sent = get(new URL("/metrics", server), { ca, cert, key }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("end", () => (response.statusCode === 200 ? resolve(body) : reject(new Error(`/metrics: ${response.statusCode} ${body}`))));
    });
    sent.on("error", reject);
  });
}

/** Of the resident memory, what is the process's own: the rest is files that the system may drop. Linux only, as all below. */
export const anonymousBytes = (pid: number): number => statusBytes(pid, "RssAnon");

export const residentBytesOf = (pid: number): number => statusBytes(pid, "VmRSS");

function statusBytes(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

const ticksPerSecond = 100;

/** User and system time so far. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
