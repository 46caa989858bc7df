import fc from "fast-check";
import { daemonSetCommands, daemonSetCreation } from "./commands/daemonSets.ts";
import { deploymentCommands, deploymentCreation } from "./commands/deployments.ts";
import { cronJobCommands, cronJobCreation, jobCommands, jobCreation, suspendCronJobs } from "./commands/jobs.ts";
import { statefulSetCommands, statefulSetCreation } from "./commands/statefulSets.ts";
import { evictionCommands, guardedCreation } from "./commands/evictions.ts";
import { autoscalerCommands, quotaCommands } from "./commands/limits.ts";
import { namespaceCommands, serviceCommands } from "./commands/services.ts";
import { autoscalerInvariants, quotaInvariants } from "./invariants/limits.ts";
import { deploymentInvariants, replicaCount, surge } from "./invariants/deployments.ts";
import { budgetInvariants } from "./invariants/budgets.ts";
import { serviceInvariants } from "./invariants/services.ts";
import { cronJobInvariants, jobInvariants } from "./invariants/jobs.ts";
import { daemonSetInvariants } from "./invariants/daemonSets.ts";
import { nothingRunsUnseen } from "./invariants/machines.ts";
import { schedulingInvariants } from "./invariants/scheduling.ts";
import { statefulSetInvariants } from "./invariants/statefulSets.ts";
import { ownershipInvariants } from "./invariants/ownership.ts";
import type { Commands } from "./commands/command.ts";
import type { Invariant } from "./invariant.ts";
import type { World } from "./world.ts";

/** A part of Kubernetes with what can happen to it and what it promises. */
export interface Play {
  /** The first command of each sequence. */
  creation: Commands;
  commands: Commands;
  invariants: readonly Invariant[];
  /** Ends what would never come to rest. */
  calm?(world: World): Promise<void>;
}

const always: readonly Invariant[] = [...ownershipInvariants, ...schedulingInvariants, nothingRunsUnseen];

export const plays: Record<string, Play> = {
  Deployments: { creation: deploymentCreation, commands: deploymentCommands, invariants: [...deploymentInvariants, ...always] },
  "Pods behind Services": {
    creation: deploymentCreation,
    commands: fc.oneof(
      { weight: 5, arbitrary: deploymentCommands },
      { weight: 4, arbitrary: serviceCommands },
      { weight: 1, arbitrary: namespaceCommands },
    ),
    invariants: [...deploymentInvariants, ...serviceInvariants, ...always],
  },
  Evictions: {
    creation: guardedCreation,
    commands: fc.oneof({ weight: 2, arbitrary: deploymentCommands }, { weight: 4, arbitrary: evictionCommands }),
    invariants: [...deploymentInvariants, ...budgetInvariants, ...always],
  },
  "Pods within a quota": {
    creation: deploymentCreation,
    commands: fc.oneof(deploymentCommands, quotaCommands, serviceCommands),
    invariants: [surge, replicaCount, ...quotaInvariants, ...serviceInvariants, ...always],
  },
  "Autoscaled Deployments": {
    creation: deploymentCreation,
    commands: fc.oneof({ weight: 1, arbitrary: deploymentCreation }, { weight: 4, arbitrary: autoscalerCommands }),
    invariants: [...deploymentInvariants, ...autoscalerInvariants, ...always],
  },
  StatefulSets: { creation: statefulSetCreation, commands: statefulSetCommands, invariants: [...statefulSetInvariants, ...always] },
  DaemonSets: { creation: daemonSetCreation, commands: daemonSetCommands, invariants: [...daemonSetInvariants, ...always] },
  Jobs: { creation: jobCreation, commands: jobCommands, invariants: [...jobInvariants, ...always] },
  CronJobs: { creation: cronJobCreation, commands: cronJobCommands, invariants: [...cronJobInvariants, ...always], calm: suspendCronJobs },
};
