import type { Clock } from "../base/clock.ts";
import { Disposables } from "../base/disposal.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { createClient } from "../client/client.ts";
import { createEventRecorder } from "../client/events.ts";
import { createInformers } from "../client/informers.ts";
import type { Informers, Transport } from "../client/types.ts";
import { tokenCleaner } from "./bootstrapTokens/cleaner.ts";
import { bootstrapSigner } from "./bootstrapTokens/signer.ts";
import { certificateApprovingController } from "./certificates/approving.ts";
import { certificateCleaner } from "./certificates/cleaner.ts";
import { certificateSigningController } from "./certificates/signing.ts";
import { clusterRoleAggregationController } from "./clusterRoleAggregation.ts";
import { deploymentController } from "./deployment/controller.ts";
import { cronJobController } from "./cronJob/controller.ts";
import { daemonSetController } from "./daemonSet/controller.ts";
import { disruptionController } from "./disruption/controller.ts";
import { endpointsController } from "./endpoints/endpoints.ts";
import { endpointSliceMirroringController } from "./endpoints/mirroring.ts";
import { endpointSliceController } from "./endpoints/slices.ts";
import { garbageCollector } from "./garbageCollector/controller.ts";
import { horizontalPodAutoscalerController } from "./horizontalPodAutoscaler/controller.ts";
import { jobController } from "./job/controller.ts";
import { ttlAfterFinishedController } from "./job/ttl.ts";
import { legacyTokenCleaner } from "./legacyTokenCleaner.ts";
import { namespaceController } from "./namespace/controller.ts";
import { nodeIpamController } from "./node/ipam.ts";
import { nodeLifecycleController } from "./node/lifecycle.ts";
import { podGarbageCollector } from "./node/podGC.ts";
import { taintEvictionController } from "./node/taintEviction.ts";
import { ttlController } from "./node/ttl.ts";
import { replicaSetController, replicationController } from "./replicaSet/controller.ts";
import { resourceClaimController } from "./resourceClaim/controller.ts";
import { deviceTaintEvictionController } from "./resourceClaim/deviceTaintEviction.ts";
import { resourceQuotaController } from "./resourceQuota.ts";
import { rootCAPublisher } from "./rootCA.ts";
import { serviceAccountController } from "./serviceAccount.ts";
import { serviceCIDRController } from "./serviceCIDR/controller.ts";
import { statefulSetController } from "./statefulSet/controller.ts";
import { tokenController } from "./tokenSecret.ts";
import { attachDetachController } from "./volumes/attachDetach.ts";
import { validatingAdmissionPolicyStatusController } from "./validatingAdmissionPolicyStatus/controller.ts";
import { claimBinder } from "./volumes/binder.ts";
import { ephemeralVolumeController } from "./volumes/ephemeral.ts";
import { expandController } from "./volumes/expansion.ts";
import { volumePhases } from "./volumes/phases.ts";
import { attributesClassProtection, claimProtection, volumeProtection } from "./volumes/protection.ts";
import { volumeProvisioner } from "./volumes/provisioner.ts";
import type { Controller, ControllerInputs } from "./types.ts";

/** Every controller, in the order in which they start: what pods need to be admitted comes first. */
export const controllers: readonly Controller[] = [
  serviceAccountController,
  rootCAPublisher,
  nodeIpamController,
  deploymentController,
  replicaSetController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  statefulSetController,
  daemonSetController,
  jobController,
  cronJobController,
  ttlAfterFinishedController,
  nodeLifecycleController,
  taintEvictionController,
  replicationController,
  disruptionController,
  horizontalPodAutoscalerController,
  resourceQuotaController,
  ephemeralVolumeController,
  claimBinder,
  volumePhases,
  volumeProvisioner,
  expandController,
  attachDetachController,
  claimProtection,
  volumeProtection,
  attributesClassProtection,
  ttlController,
  namespaceController,
  clusterRoleAggregationController,
  resourceClaimController,
  deviceTaintEvictionController,
  serviceCIDRController,
  validatingAdmissionPolicyStatusController,
  certificateApprovingController,
  certificateSigningController,
  certificateCleaner,
  tokenController,
  legacyTokenCleaner,
  bootstrapSigner,
  tokenCleaner,
  podGarbageCollector,
  garbageCollector,
];

export interface ControllersOptions {
  /** Access as a service account of kube-system; "" is the controller manager itself. */
  transport(account: string): Transport;
  /** Shared with others in the process; made (and disposed) here when absent. */
  informers?: Informers;
  clock: Clock;
  random: Random;
  log: Log;
  inputs: ControllerInputs;
}

/** Starts every controller, each as its own service account. They begin to work once their caches are filled. */
export function startControllers({ transport, clock, random, log, informers: shared, inputs }: ControllersOptions): Disposable {
  const running = new Disposables();
  const informers = shared ?? running.add(createInformers({ client: createClient(transport("")), clock, random, log }));
  for (const controller of controllers) {
    const { account, component = account } = controller;
    const client = createClient(transport(account));
    const own = log.named(controller.name);
    const events = createEventRecorder({ client, clock, log: own, component });
    running.add(controller.start({ client, informers, events, clock, random, log: own, inputs }));
  }
  return running;
}
