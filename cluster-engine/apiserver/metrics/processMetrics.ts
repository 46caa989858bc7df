import { processUsage } from "../../base/processUsage.ts";

/** What the engine's process uses, named as Prometheus' clients for Node name it; in the text format of Prometheus. */
export function processMetrics(): string {
  const { cpuSeconds, residentBytes, heapUsedBytes, externalBytes, loopLag } = processUsage();
  const metrics: [name: string, type: "counter" | "gauge", help: string, value: number][] = [
    ["process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpuSeconds],
    ["process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", residentBytes],
    ["nodejs_heap_size_used_bytes", "gauge", "Process heap size used in bytes.", heapUsedBytes],
    ["nodejs_external_memory_bytes", "gauge", "Memory outside of the heap in bytes.", externalBytes],
    ["nodejs_eventloop_lag_mean_seconds", "gauge", "Mean lag of the event loop since the last reading.", loopLag.mean],
    ["nodejs_eventloop_lag_p99_seconds", "gauge", "99th percentile of the lag of the event loop since the last reading.", loopLag.p99],
    ["nodejs_eventloop_lag_max_seconds", "gauge", "Longest lag of the event loop since the last reading.", loopLag.max],
  ];
  return metrics.map(([name, type, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`).join("");
}
