import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { EventRecorder } from "../client/events.ts";
import type { ReconcilerOptions } from "../client/reconciler.ts";
import type { Client, Informers } from "../client/types.ts";
import type { VolumeStorage } from "../cloud/volumes.ts";
import type { CertificateAuthority } from "./certificates/types.ts";
import type { ExpressionCheck } from "./validatingAdmissionPolicyStatus/controller.ts";
import type { QuotaEvaluator } from "./resourceQuota.ts";

/** What every controller is given; `client` and `events` are its own, by its service account. */
export interface ControllerContext {
  client: Client;
  informers: Informers;
  events: EventRecorder;
  clock: Clock;
  random: Random;
  log: Log;
  inputs: ControllerInputs;
}

/** What controllers need from outside of the API. */
export interface ControllerInputs {
  /** PEM of the cluster's CA, published to every namespace. */
  rootCA: string;
  /** Address range of pods; nodes get a /24 each. */
  clusterCIDR: Promise<string>;
  /** Makes volumes for claims; absent: only those of others are bound. */
  volumes?: VolumeStorage;
  /** Signs the token of a Secret of type kubernetes.io/service-account-token; absent: such Secrets are not filled in. */
  signToken?(claims: LegacyTokenClaims): Promise<string>;
  /** Signs certificates with the cluster's CA; absent: requests are neither approved nor signed. */
  certificates?: CertificateAuthority;
  /** Checks CEL expressions; absent: nothing is found wrong with those of policies. */
  checkExpression?: ExpressionCheck;
  /** How quotas count; absent: nothing is recounted. */
  quotas?: QuotaEvaluator;
}

export interface LegacyTokenClaims {
  namespace: string;
  serviceAccount: { name: string; uid: string };
  secret: string;
}

export interface Controller {
  /** As kube-controller-manager names it. */
  name: string;
  /** Its service account in kube-system; "" when it acts as the controller manager itself. */
  account: string;
  /** The source of its events; the account's name when absent. */
  component?: string;
  start(context: ControllerContext): Disposable;
}

/** The parts of a context that every reconcile loop shares. */
export const loopOptions = ({
  client,
  informers,
  clock,
  log,
}: ControllerContext): Pick<ReconcilerOptions, "client" | "informers" | "clock" | "log"> => ({
  client,
  informers,
  clock,
  log,
});
