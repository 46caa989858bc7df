import { describe, expect, test } from "vitest";
import type { Container, ContainerStatus, Pod } from "../../../shared/kubernetes/types.ts";
import { podPhase } from "./podPhase.ts";

type State = "running" | "waiting" | "restarting" | "done" | "failed" | "absent";

/** A container's status in one word; `restarting` waits after a failure. */
function statusOf(name: string, state: State): ContainerStatus[] {
  const base = { name, image: "i", imageID: "", ready: false, restartCount: 0 };
  const ended = (exitCode: number) => ({ terminated: { exitCode } });
  switch (state) {
    case "running":
      return [{ ...base, started: true, state: { running: {} } }];
    case "waiting":
      return [{ ...base, state: { waiting: {} } }];
    case "restarting":
      return [{ ...base, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended(1) }];
    case "done":
      return [{ ...base, state: ended(0) }];
    case "failed":
      return [{ ...base, state: ended(1) }];
    default:
      return [];
  }
}

function phaseOf(policy: "Always" | "OnFailure" | "Never", apps: State[], init: State[] = [], options = {}): string {
  const containers = (prefix: string, states: State[], change: Partial<Container> = {}) =>
    states.map((_, index) => ({ name: `${prefix}${index}`, image: "i", ...change }));
  const pod = { spec: { restartPolicy: policy, containers: containers("app", apps), initContainers: containers("init", init) } } as Pod;
  const statuses = [
    ...apps.flatMap((state, index) => statusOf(`app${index}`, state)),
    ...init.flatMap((state, index) => statusOf(`init${index}`, state)),
  ];
  return podPhase(pod, statuses, { terminal: false, initialized: false, ...options });
}

describe("the phase of a pod", () => {
  test.each<["Always" | "OnFailure" | "Never", State[], string]>([
    ["Always", ["running"], "Running"],
    ["Always", ["waiting"], "Pending"],
    ["Always", ["running", "waiting"], "Pending"],
    ["Always", ["running", "restarting"], "Running"],
    ["Always", ["restarting"], "Running"],
    ["Always", ["done"], "Running"],
    ["OnFailure", ["done"], "Succeeded"],
    ["OnFailure", ["failed"], "Running"],
    ["OnFailure", ["done", "failed"], "Running"],
    ["Never", ["done"], "Succeeded"],
    ["Never", ["failed"], "Failed"],
    ["Never", ["done", "failed"], "Failed"],
    ["Never", ["done", "running"], "Running"],
    ["Never", ["running", "absent"], "Pending"],
  ])("under policy %s with %j is %s", (policy, apps, phase) => {
    expect(phaseOf(policy, apps)).toBe(phase);
  });

  test.each<["Always" | "OnFailure" | "Never", State[], string]>([
    ["Always", ["running"], "Pending"],
    ["Always", ["failed"], "Pending"],
    ["Never", ["failed"], "Failed"],
    ["Never", ["done"], "Pending"],
  ])("under policy %s with init containers %j, apps waiting, is %s", (policy, init, phase) => {
    expect(phaseOf(policy, ["waiting"], init)).toBe(phase);
  });

  test("of a pod that is being torn down counts what ended, whatever the policy", () => {
    expect(phaseOf("Always", ["done", "done"], [], { terminal: true })).toBe("Succeeded");
    expect(phaseOf("Always", ["done", "failed"], [], { terminal: true })).toBe("Failed");
  });
});
