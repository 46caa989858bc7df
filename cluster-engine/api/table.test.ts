import { expect, test } from "vitest";
import type { KubeObject } from "../../shared/kubernetes/object.ts";
import type { Pod } from "../../shared/kubernetes/types.ts";
import { podSummary } from "./podStatus.ts";
import { resourceTable, type ResourceEntry } from "./resourceTable.ts";
import { resourcePath } from "./resourceType.ts";
import { humanDuration, tableCells, tableColumns, tableRowConditions, type Cell } from "./table.ts";
import recorded from "./testdata/table.json" with { type: "json" };

interface Recorded {
  name: string;
  path: string;
  objects: KubeObject[];
  columns: { name: string; type: string; format: string; priority: number }[];
  rows: { cells: Cell[]; conditions?: unknown[] }[];
}

const now = Date.UTC(2026, 0, 1, 0, 5);

function typeAt(path: string): ResourceEntry {
  return resourceTable.find((type) => `${path}/`.startsWith(`${resourcePath({ ...type, namespaced: false })}/`))!;
}

test.each(recorded as unknown as Recorded[])("a real API server prints $name", ({ path, objects, columns, rows }) => {
  const type = typeAt(path);
  expect(tableColumns(type)).toMatchObject(columns);
  expect(objects.map((object) => ({ cells: tableCells(type, object, now), conditions: tableRowConditions(type, object) }))).toEqual(
    rows.map((row) => ({ conditions: undefined, ...row })),
  );
});

test("every resource that can be listed prints as many cells as it has columns", () => {
  const metadata = { name: "x", namespace: "", uid: "u", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  const spec = {
    source: {},
    pool: {},
    strategy: {},
    template: { spec: {} },
    jobTemplate: { spec: { template: {} } },
    scaleTargetRef: {},
    priorityLevelConfiguration: {},
  };
  for (const type of resourceTable.filter(({ verbs }) => verbs.includes("list"))) {
    const object = { apiVersion: "v1", kind: type.kind, metadata, spec, roleRef: {} };
    const cells = tableCells(type, object, now);
    expect(cells.length, type.resource).toBe(tableColumns(type).length);
  }
});

test.each([
  [-5000, "<invalid>"],
  [-500, "0s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [125_000, "2m5s"],
  [10 * 60_000, "10m"],
  [179 * 60_000, "179m"],
  [3 * 3600_000, "3h"],
  [7.5 * 3600_000, "7h30m"],
  [47 * 3600_000, "47h"],
  [50 * 3600_000, "2d2h"],
  [9 * 86_400_000, "9d"],
  [800 * 86_400_000, "2y70d"],
  [9 * 365 * 86_400_000, "9y"],
])("%i ms print as %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

const container = (name: string, state: object, more: object = {}) => ({
  name,
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const pod = (status: object, spec: object = { containers: [{ name: "a" }] }, metadata: object = {}): Pod =>
  ({ metadata, spec, status }) as unknown as Pod;
const running = { running: {} };
const ended = (exitCode: number, reason?: string) => ({ terminated: { exitCode, ...(reason ? { reason } : {}) } });
const two = { containers: [{ name: "a" }, { name: "b" }] };
const sidecar = { containers: [{ name: "a" }], initContainers: [{ name: "s", restartPolicy: "Always" }, { name: "i" }] };

test.each([
  ["an exit code without a reason", pod({ phase: "Running", containerStatuses: [container("a", ended(3))] }), "ExitCode:3"],
  [
    "one of two completed",
    pod(
      {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [container("a", ended(0, "Completed")), container("b", running, { ready: true })],
      },
      two,
    ),
    "Running",
  ],
  [
    "one of two completed and the other not ready",
    pod({ phase: "Running", containerStatuses: [container("a", ended(0, "Completed")), container("b", running, { ready: true })] }, two),
    "NotReady",
  ],
  [
    "one completed and one failed",
    pod({ phase: "Running", containerStatuses: [container("a", ended(0, "Completed")), container("b", ended(1, "Error"))] }, two),
    "Error",
  ],
  [
    "a failed init container",
    pod({ phase: "Pending", initContainerStatuses: [container("i", ended(1, "Error"))] }, { containers: [], initContainers: [{ name: "i" }] }),
    "Init:Error",
  ],
  [
    "a waiting init container",
    pod(
      { phase: "Pending", initContainerStatuses: [container("i", { waiting: { reason: "CrashLoopBackOff" } })] },
      { containers: [], initContainers: [{ name: "i" }] },
    ),
    "Init:CrashLoopBackOff",
  ],
  [
    "a started sidecar before a running init container",
    pod({ phase: "Pending", initContainerStatuses: [container("s", running, { started: true, ready: true }), container("i", running)] }, sidecar),
    "Init:1/2",
  ],
  ["a lost node", pod({ phase: "Running", reason: "NodeLost" }, undefined, { deletionTimestamp: "2026-01-01T00:00:00Z" }), "Unknown"],
  ["a deleted pod that has ended", pod({ phase: "Succeeded" }, undefined, { deletionTimestamp: "2026-01-01T00:00:00Z" }), "Succeeded"],
])("the reason of %s", (_, object, reason) => {
  expect(podSummary(object).reason).toBe(reason);
});

test("restarts say when the last was", () => {
  const lastState = { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:04:00Z" } };
  const object = pod({ phase: "Running", containerStatuses: [container("a", running, { ready: true, restartCount: 4, lastState })] }, undefined, {
    name: "p",
    creationTimestamp: "2026-01-01T00:00:00Z",
  });
  expect(tableCells(typeAt("/api/v1/pods"), object, now).slice(0, 5)).toEqual(["p", "1/1", "Running", "4 (60s ago)", "5m"]);
});
