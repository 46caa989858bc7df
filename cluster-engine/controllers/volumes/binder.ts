import { keyOf } from "../../../shared/kubernetes/object.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "../../../shared/kubernetes/types.ts";
import { PersistentVolumeClaims, PersistentVolumes, Pods, StorageClasses } from "../../api/resources.ts";
import { runReconciler, source, type ReconcileContext } from "../../client/reconciler.ts";
import type { Client, Informer } from "../../client/types.ts";
import type { EventType } from "../../client/events.ts";
import { isTerminal } from "../podState.ts";
import { loopOptions, type Controller, type ControllerContext } from "../types.ts";
import { betaStorageProvisioner, bindCompleted, selectedNode, storageProvisioner } from "./annotations.ts";
import { classOf, defaultClass, findVolume, isReservedFor, mismatch, namesClass } from "./binding.ts";
import { bind, setClaimPhase } from "./bindWrites.ts";
import { isInTree, provisionerOf } from "./inTree.ts";
import { indexByClaim, podsOfClaim } from "./podClaims.ts";
import { freeVolumes, indexVolumes, volumesFor } from "./volumeIndex.ts";

/** ms between looks at a claim that waits; each look tells why. */
const retryPeriod = 15_000;

/** Binds claims to volumes, asks provisioners for them, and tells what claims wait for. */
export const claimBinder: Controller = {
  name: "persistentvolume-binder-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  start(context) {
    const binder = new Binder(context);
    const { claims, volumes, classes, pods } = binder;
    return runReconciler({
      ...loopOptions(context),
      name: "claim-binder",
      // One at a time: each choice must see the one before.
      workers: 1,
      sources: [source(claims), source(volumes, (volume) => binder.concernedBy(volume)), source(classes, () => binder.waiting())],
      reads: [pods],
      reconcile: (key, run) => binder.reconcile(key, run),
    });
  },
};

class Binder {
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly pods: Informer<Pod>;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.claims = context.informers.of(PersistentVolumeClaims);
    this.volumes = indexVolumes(context.informers.of(PersistentVolumes));
    this.classes = context.informers.of(StorageClasses);
    this.pods = indexByClaim(context.informers.of(Pods));
  }

  waiting(may: (claim: PersistentVolumeClaim) => boolean = () => true): string[] {
    return this.claims
      .list()
      .filter((claim) => !claim.metadata.annotations?.[bindCompleted] && may(claim))
      .map(({ metadata }) => keyOf(metadata));
  }

  /** Its claim, or those that wait and might take it when it is free. */
  concernedBy(volume: PersistentVolume): string[] {
    const reference = volume.spec?.claimRef;
    if (reference) return [`${reference.namespace}/${reference.name}`];
    const storageClass = classOf(volume);
    return this.waiting((claim) => classOf(claim) === storageClass || claim.spec?.volumeName === volume.metadata.name);
  }

  async reconcile(key: string, { client }: ReconcileContext): Promise<void | { requeueAfter: number }> {
    const claim = this.claims.get(key);
    if (!claim) return;
    if (claim.metadata.annotations?.[bindCompleted]) return this.#syncBound(client, claim);
    const bound = claim.spec?.volumeName ? await this.#syncRequested(client, claim) : await this.#syncUnbound(client, claim);
    return bound ? undefined : { requeueAfter: retryPeriod };
  }

  // ---- Claims that wait: true when they do no more --------------------------------------------------------------------

  async #syncUnbound(client: Client, claim: PersistentVolumeClaim): Promise<boolean> {
    const storageClass = this.classes.get(classOf(claim));
    const delayed = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
    const volume = findVolume(claim, this.#candidates(claim, delayed));
    if (volume) return this.#bind(client, claim, volume);
    if (await this.#takeDefaultClass(client, claim)) return true;
    if (delayed && claim.metadata.annotations?.[selectedNode] === undefined) this.#waitForConsumer(claim);
    else if (classOf(claim)) return this.#askProvisioner(client, claim, storageClass);
    else this.#event(claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
    await setClaimPhase(client, claim, "Pending");
    return false;
  }

  /** Where the scheduler chooses, only what is reserved for the claim already. */
  #candidates(claim: PersistentVolumeClaim, delayed: boolean): PersistentVolume[] {
    const reserved = volumesFor(this.volumes, keyOf(claim.metadata));
    return delayed ? reserved : [...reserved, ...freeVolumes(this.volumes, classOf(claim))];
  }

  /** The claim names its volume. */
  async #syncRequested(client: Client, claim: PersistentVolumeClaim): Promise<boolean> {
    const volume = this.volumes.get(claim.spec!.volumeName!);
    if (volume && isReservedFor(volume, claim)) return this.#bind(client, claim, volume);
    if (volume) {
      const problem = volume.spec?.claimRef ? undefined : mismatch(claim, volume);
      if (!volume.spec?.claimRef && !problem) return this.#bind(client, claim, volume);
      const { name } = volume.metadata;
      if (problem) this.#event(claim, "Warning", "VolumeMismatch", `Cannot bind to requested volume "${name}": ${problem}`);
      else this.#event(claim, "Warning", "FailedBinding", `volume "${name}" already bound to a different claim.`);
    }
    await setClaimPhase(client, claim, "Pending");
    return false;
  }

  async #bind(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<true> {
    await bind(client, claim, volume);
    return true;
  }

  /** A claim that was made before there was a default class gets it now; its change wakes us again. */
  async #takeDefaultClass(client: Client, claim: PersistentVolumeClaim): Promise<boolean> {
    const found = namesClass(claim) ? undefined : defaultClass(this.classes.list());
    if (!found) return false;
    await client.resource(PersistentVolumeClaims).update({ ...claim, spec: { ...claim.spec, storageClassName: found.metadata.name } });
    return true;
  }

  #waitForConsumer(claim: PersistentVolumeClaim): void {
    const pods = podsOfClaim(this.pods, keyOf(claim.metadata)).filter((pod) => !isTerminal(pod) && !pod.spec.nodeName);
    if (pods.length === 0) return this.#event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    const names = pods.map(({ metadata }) => metadata.name).join(",");
    this.#event(claim, "Normal", "WaitForPodScheduled", `waiting for ${pods.length > 1 ? "pods" : "pod"} ${names} to be scheduled`);
  }

  async #askProvisioner(client: Client, claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): Promise<false> {
    if (!storageClass) {
      this.#event(claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io "${classOf(claim)}" not found`);
      return false;
    }
    const provisioner = provisionerOf(storageClass.provisioner);
    if (isInTree(provisioner)) {
      this.#event(claim, "Warning", "ProvisioningFailed", `no volume plugin matched name: ${provisioner}`);
      return false;
    }
    const { annotations } = claim.metadata;
    if (annotations?.[storageProvisioner] !== provisioner || annotations[betaStorageProvisioner] !== provisioner) {
      const asking = { ...annotations, [betaStorageProvisioner]: provisioner, [storageProvisioner]: provisioner };
      await client.resource(PersistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, annotations: asking } });
    }
    this.#event(
      claim,
      "Normal",
      "ExternalProvisioning",
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
    return false;
  }

  // ---- Claims that were bound -----------------------------------------------------------------------------------------

  async #syncBound(client: Client, claim: PersistentVolumeClaim): Promise<void> {
    const name = claim.spec?.volumeName;
    const volume = this.volumes.get(name ?? "");
    if (volume && (!volume.spec?.claimRef || isReservedFor(volume, claim))) return bind(client, claim, volume);
    if (claim.status?.phase === "Lost") return;
    await setClaimPhase(client, claim, "Lost");
    if (!name) this.#event(claim, "Warning", "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    else if (!volume) this.#event(claim, "Warning", "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    else this.#event(claim, "Warning", "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
  }

  #event(claim: PersistentVolumeClaim, type: EventType, reason: string, message: string): void {
    this.#context.events.event(claim, type, reason, message);
  }
}
