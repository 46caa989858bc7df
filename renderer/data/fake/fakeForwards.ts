import type { ForwardState } from "../../../shared/contract.ts";

/** One forward in each state. */
export const fakeForwards: ForwardState[] = [
  {
    id: "1",
    cluster: "local",
    object: { group: "", version: "v1", resource: "services", namespace: "default", name: "frontend" },
    port: "http",
    localPort: 8080,
    state: "running",
    pod: "frontend-7d4b9c6f5-x2x8k",
    remembered: true,
    connections: 2,
    sent: 18_432,
    received: 1_572_864,
  },
  {
    id: "2",
    cluster: "local",
    object: { group: "apps", version: "v1", resource: "deployments", namespace: "default", name: "redis-master" },
    port: "6379",
    localPort: 6379,
    state: "failed",
    problem: "port 6379 is taken by redis-server (process 812): choose another, or leave it empty for a free one",
    remembered: false,
    connections: 0,
    sent: 0,
    received: 0,
  },
  {
    id: "3",
    cluster: "local",
    object: { group: "", version: "v1", resource: "pods", namespace: "default", name: "worker-0" },
    localPort: 0,
    state: "stopped",
    remembered: true,
    connections: 0,
    sent: 0,
    received: 0,
  },
];
