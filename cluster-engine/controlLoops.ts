import { isInScope, usageOf } from "./apiserver/admission/quotaUsage.ts";
import type { ApiServer } from "./apiserver/types.ts";
import type { Clock } from "./base/clock.ts";
import { Disposables } from "./base/disposal.ts";
import type { Log } from "./base/log.ts";
import type { Random } from "./base/random.ts";
import { localCloud } from "./cloud/local.ts";
import { startControllers } from "./controllers/registry.ts";
import { component } from "./identity.ts";
import { startScheduler } from "./scheduler/scheduler.ts";

export interface ControlLoopsOptions {
  clock: Clock;
  random: Random;
  log: Log;
  server: ApiServer;
  /** PEM. */
  rootCA: string;
  clusterCIDR: Promise<string>;
}

/** Starts the controller manager and the scheduler. */
export function startControlLoops({ clock, random, log, server, rootCA, clusterCIDR }: ControlLoopsOptions): Disposable {
  const parts = new Disposables();
  parts.add(
    startControllers({
      transport: (user: string) =>
        server.transport(user === "" ? component("kube-controller-manager") : serviceAccount(user), `kube-controller-manager${user && `/${user}`}`),
      clock,
      random,
      log: log.named("controllers"),
      inputs: { rootCA, clusterCIDR, loadBalancers: localCloud().loadBalancers, quotas: { usageOf, isInScope } },
    }),
  );
  parts.add(
    startScheduler({ transport: server.transport(component("kube-scheduler"), "kube-scheduler"), clock, random, log: log.named("scheduler") }),
  );
  return parts;
}

const serviceAccount = (name: string) => ({
  username: `system:serviceaccount:kube-system:${name}`,
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
});
